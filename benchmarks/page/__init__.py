"""What the web client costs the browser."""
