"""What is claimed about speed and memory, runnable: make benchmark."""
