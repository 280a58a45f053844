"""What is stored in DynamoDB: the shapes that a release reads and writes, and how they change."""
