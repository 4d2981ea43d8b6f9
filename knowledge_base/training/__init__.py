"""The training room: how the bundled encoder is made. Run by `manage.py train_encoder`; serving imports nothing here.

Needs `pip install -e '.[train]'`. A newcomer reads: `stock` (where the weights come from), `vocabulary` (which pieces
stay), `romaniser` and `noise` (made data), `pairs` (what is learned from), `loop` (how), `export` (what is shipped).
"""
