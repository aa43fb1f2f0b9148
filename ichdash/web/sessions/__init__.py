"""Case review sessions: the list, one session's cases, and the room where they are presented."""
