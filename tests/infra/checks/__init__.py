"""What is checked: a function a check, which fails by an exception."""
