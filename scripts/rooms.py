"""The rooms of a package and who imports whom: how many arrows, and how many circles.

scripts/rooms.py                rooms of amena
scripts/rooms.py amena.engine   those of the engine

Imports inside functions count; those for type checkers alone do not.
"""

from __future__ import annotations

import sys

import grimp


def arrows(package: str) -> dict[str, set[str]]:
    """Child of `package` → the other children that modules in it import."""
    graph = grimp.build_graph(package.partition(".")[0], exclude_type_checking_imports=True)
    rooms = sorted(graph.find_children(package))
    inside = {room: {room, *graph.find_descendants(room)} for room in rooms}
    owner = {module: room for room, modules in inside.items() for module in modules}
    found: dict[str, set[str]] = {}
    for room, modules in inside.items():
        imported = {
            each for module in modules for each in graph.find_modules_directly_imported_by(module)
        }
        found[room] = {owner[each] for each in imported if each in owner} - {room}
    return found


def circles(found: dict[str, set[str]]) -> list[set[str]]:
    """Rooms that reach each other, however long the way."""
    reach = {room: set(to) for room, to in found.items()}
    for via in reach:
        for room in reach:
            if via in reach[room]:
                reach[room] |= reach[via]
    together = {
        frozenset({room, *(to for to in reach[room] if room in reach[to])}) for room in reach
    }
    return [set(each) for each in together if len(each) > 1]


if __name__ == "__main__":
    shown = arrows(sys.argv[1] if len(sys.argv) > 1 else "amena")
    for room, to in shown.items():
        names = " ".join(each.rpartition(".")[2] for each in sorted(to))
        sys.stdout.write(f"{room.rpartition('.')[2]:16} {names}\n")
    count = sum(map(len, shown.values()))
    found = circles(shown)
    sys.stdout.write(f"{len(shown)} rooms, {count} arrows, {len(found)} circles\n")
    for circle in found:
        sys.stdout.write(f"circle: {' '.join(sorted(circle))}\n")
