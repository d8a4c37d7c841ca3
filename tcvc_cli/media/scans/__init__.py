"""What people wrote into the file of a scan: its resolution and its descriptions, read and written."""
