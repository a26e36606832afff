"""Vector tiles of a country of 43,000 facilities, measured in the process and over HTTP, on SQLite and PostgreSQL.

    python -m bench.tiles                       # both databases, each made and thrown away
    python -m bench.tiles --database sqlite --out tiles.json

The country of `bench/violations` gets outlines and places: winding borders of 224 districts, 63,000 corners in
all, and facilities crowded around the middle of their district, a tenth of the country within one city. Of each
zoom the tile with most facilities is measured, for somebody who may see everything: with everything read already
("warm"), after a facility changed in between ("changed"), and over HTTP. Told apart are the first time that a tile
is asked for ("first": its outlines are drawn) and the first tile of a process, which reads the country.
"""
