"""Teaching: files made of cases and of drawings, what a mark is worth, how learners do."""
