"""PURE: the config as frozen values.

`models` has every key with its default, `hours` and `rules` some of its tables, `kinds` the spans, sizes and
addresses in it, `public_holidays` the days that `hours.holidays` names, `fits` what must fit together. Reading the
file and the secrets is `settings.py`'s job; the sentences that explain the keys to an admin stand in
config.example.toml, which a test holds to the models.
"""
