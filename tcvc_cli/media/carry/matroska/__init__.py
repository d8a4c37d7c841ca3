"""What FFmpeg cannot write into Matroska, put into its finished files, and what of it is named as lost."""
