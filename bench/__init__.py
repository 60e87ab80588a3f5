"""What is fast, measured against something: `./run bench`, or `./run bench receiver`."""
