"""What an operator looks at: `rooms` lists them, `doctor` checks a deployment, `top` shows the figures live."""
