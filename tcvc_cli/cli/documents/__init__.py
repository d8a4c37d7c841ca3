"""What is written for readers out of the declarations: JSON Schemas and manual pages."""
