"""How long officials wait for lists and figures of a whole country, measured through a browser.

    python -m bench.console --database postgresql+psycopg://.../bench_console --out console.json

200,000 violations on 43,000 facilities; a database that holds as many is taken as it is (its name must
contain "bench"). The real server, granian with 2 processes of 4 threads, answers Chromium, which has the style
sheet and the scripts already. Each list is loaded again and again, with its second page; the browser measures.
So are the overview of a country, a region and a district, half a year ago, and a report (`--counted`: only those).
"""
