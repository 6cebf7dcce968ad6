"""What `benchmarks/svg.py` judges the import and export of SVG by: sets of real files, and pictures of them."""
