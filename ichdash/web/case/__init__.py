"""The case page, part by part: read once, then banner, picture, result, review and details."""
