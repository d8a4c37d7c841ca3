"""What the command shares with the system that it runs on: its open files, and the signals that end it."""
