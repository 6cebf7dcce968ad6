"""Draws figures with matplotlib into a folder, as SVG: `python figures.py FOLDER`, in an environment of its own."""

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

chance = np.random.default_rng(7)
x = np.linspace(0, 10, 200)
grid = np.linspace(-3, 3, 40)
gx, gy = np.meshgrid(grid, grid)
hills = np.exp(-(gx**2) - gy**2) - np.exp(-((gx - 1) ** 2) - (gy - 1) ** 2)


def figure(draw: Callable[..., object], **axes: object) -> Figure:
    """A figure with one pair of axes, drawn on."""
    made = plt.figure(figsize=(5, 4))
    draw(made.add_subplot(**axes))
    return made


def lines(ax: plt.Axes) -> None:
    for phase in range(5):
        ax.plot(x, np.sin(x + phase), label=f"phase {phase}", linestyle=["-", "--", ":", "-.", "-"][phase])
    ax.legend()
    ax.grid(visible=True)


def scatter(ax: plt.Axes) -> None:
    for marker in "os^Dvx+*":
        ax.scatter(*chance.random((2, 20)), marker=marker, s=40, alpha=0.6)


def errors(ax: plt.Axes) -> None:
    ax.errorbar(x[::10], np.cos(x[::10]), yerr=0.2, xerr=0.1, capsize=3, fmt="o")
    ax.fill_between(x, np.cos(x) - 0.3, np.cos(x) + 0.3, alpha=0.3, hatch="//")


def annotated(ax: plt.Axes) -> None:
    ax.plot(x, x**2)
    ax.set_yscale("symlog")
    ax.annotate("here", (5, 25), (7, 3), arrowprops={"arrowstyle": "->", "connectionstyle": "arc3,rad=.2"})
    ax.text(1, 10, r"$\int_0^\infty e^{-x^2}\,dx=\frac{\sqrt{\pi}}{2}$", rotation=20, bbox={"boxstyle": "round"})


FIGURES: dict[str, Callable[[], Figure]] = {
    "lines": lambda: figure(lines),
    "scatter": lambda: figure(scatter),
    "errors": lambda: figure(errors),
    "annotated": lambda: figure(annotated),
    "bars": lambda: figure(lambda ax: ax.bar(range(8), range(1, 9), edgecolor="k", hatch="x")),
    "barh": lambda: figure(lambda ax: ax.barh(list("abcdef"), chance.random(6))),
    "histogram": lambda: figure(lambda ax: ax.hist(chance.normal(size=500), 30, histtype="step")),
    "contour": lambda: figure(lambda ax: ax.clabel(ax.contour(gx, gy, hills, 12))),
    "contourf": lambda: figure(lambda ax: ax.contourf(gx, gy, hills, 12)),
    "image": lambda: figure(lambda ax: ax.imshow(hills)),
    "pie": lambda: figure(lambda ax: ax.pie([3, 2, 5, 1], labels=list("abcd"), explode=(0, 0.1, 0, 0), shadow=True)),
    "polar": lambda: figure(lambda ax: ax.plot(x, x), projection="polar"),
    "quiver": lambda: figure(lambda ax: ax.quiver(gx[::4, ::4], gy[::4, ::4], -gy[::4, ::4], gx[::4, ::4])),
    "stream": lambda: figure(lambda ax: ax.streamplot(gx, gy, -gy, gx)),
    "boxes": lambda: figure(lambda ax: ax.boxplot(chance.normal(size=(50, 5)), notch=True)),
    "violins": lambda: figure(lambda ax: ax.violinplot(chance.normal(size=(50, 5)))),
    "steps": lambda: figure(lambda ax: ax.step(x[::10], np.sin(x[::10]), where="mid", marker="o")),
    "stems": lambda: figure(lambda ax: ax.stem(x[::8], np.sin(x[::8]))),
    "stack": lambda: figure(lambda ax: ax.stackplot(x, np.sin(x) + 2, np.cos(x) + 2)),
    "hexagons": lambda: figure(lambda ax: ax.hexbin(*chance.normal(size=(2, 2000)), gridsize=20)),
    "mesh": lambda: figure(lambda ax: ax.pcolormesh(gx[::3, ::3], gy[::3, ::3], hills[::3, ::3], edgecolors="k")),
    "triangles": lambda: figure(lambda ax: ax.triplot(*chance.random((2, 40)))),
    "events": lambda: figure(lambda ax: ax.eventplot(chance.random((5, 20)))),
    "table": lambda: figure(lambda ax: ax.table([[1, 2], [3, 4]], colLabels=["a", "b"], loc="center")),
    "surface": lambda: figure(lambda ax: ax.plot_surface(gx, gy, hills, edgecolor="k"), projection="3d"),
    "wires": lambda: figure(lambda ax: ax.plot_wireframe(gx, gy, hills), projection="3d"),
}


def main() -> None:
    """Draw every figure."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams["svg.hashsalt"] = "whiteboard"
    for name, make in FIGURES.items():
        for fonts in ("path", "none"):
            with plt.rc_context({"svg.fonttype": fonts}):
                made = make()
                made.savefig(folder / f"{name}-text-as-{fonts}.svg", metadata={"Date": None})
                plt.close(made)


if __name__ == "__main__":
    main()
