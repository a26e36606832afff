"""Does ranking by obstructed visits help? A simulated country, whose true visits and barriers are known.

    python -m bench.priority                       # the tables of docs/priority-simulation.md
    python -m bench.priority --seeds 3 --only base

5,000 facilities of seven kinds have a true number of visits by people with disabilities and true barriers. Part of
them were counted, some badly, and more of those that are easy to enter. An inspector who goes to a place has its
barriers removed. Compared is the share of all truly obstructed visits that the first 5, 10 and 20 % of inspections
address, when places are visited by date; by the number of their violations; by that number times the visits usual
for the kind ("kind"); by what was counted; by the model (domain rules, as `bench/priority/model.py` has them); and
by an oracle that knows the truth: nobody can do better.
"""
