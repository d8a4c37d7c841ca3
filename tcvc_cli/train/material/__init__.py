"""What the networks learn from: photographs, films, and what the frozen encoder sees in them."""
