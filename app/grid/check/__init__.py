"""What is wrong with a grid plan before it is published."""
