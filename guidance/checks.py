"""What `manage.py check --database default` says of the release that visitors read."""
