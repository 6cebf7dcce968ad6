"""`python -m app.services.svg.painter MEMORY CPU_SECONDS BACKGROUND`: SVG on standard input, PNG on standard output."""

import sys

import resvg_py

from app.services.worker_processes import OUT_OF_MEMORY, confine


def main() -> None:
    """Paint one drawing; `BACKGROUND` is a CSS colour, or empty."""
    memory, cpu_seconds, background = sys.argv[1:]
    confine(int(memory), int(cpu_seconds))
    try:
        svg = sys.stdin.buffer.read().decode()
        png = resvg_py.svg_to_bytes(svg_string=svg, background=background or None, dpi=96, skip_system_fonts=True)
        sys.stdout.buffer.write(png)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
