"""When streams begin: later than FFmpeg looks, or without saying when."""
