"""What is longer than a field of the store is not lost: it is read back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from mlflow.utils.validation import (
    MAX_DATASET_SCHEMA_SIZE,
    MAX_ENTITY_KEY_LENGTH,
    MAX_METRICS_PER_BATCH,
    MAX_PARAM_VAL_LENGTH,
    MAX_PARAMS_TAGS_PER_BATCH,
    MAX_TAG_VAL_LENGTH,
    _validate_metric_name,
)

from core.store import limits, registry, settings, tracking

if TYPE_CHECKING:
    from core.store.tracking import RunRecord

NASTY = ["a%", "a#", "a_", ".", "..", "../a", "a/..", "a//b", "/a", "a/", "", " ", "é", "日本", "a\n", "rate %", "a.b"]
NASTY += ["x" * 300, "x" * 299 + "y", "a/" + "b" * 300, "/" * 400, "../" * 100]


def written(parameters: dict[str, object], tags: dict[str, str], late: dict[str, str]) -> RunRecord:
    with tracking.run(settings.load(), "p", "A", tags=tags) as run:
        run.parameters(parameters)
        run.tags(late)
    return tracking.get(settings.load(), run.run_id)


def test_no_limit_is_above_that_of_mlflow():
    assert limits.PARAMETER <= MAX_PARAM_VAL_LENGTH
    assert limits.TAG <= MAX_TAG_VAL_LENGTH
    assert limits.KEY <= MAX_ENTITY_KEY_LENGTH
    assert limits.SCHEMA <= MAX_DATASET_SCHEMA_SIZE
    assert limits.PARAMETERS_AT_ONCE <= MAX_PARAMS_TAGS_PER_BATCH
    assert limits.METRICS_AT_ONCE <= MAX_METRICS_PER_BATCH


@pytest.mark.parametrize("length", [5_999, 6_000, 6_001, 50_000])
def test_a_parameter_of_any_length_is_read_as_it_was_written(store, length):
    record = written({"long": "é" * length, "short": 1}, {}, {})
    assert record.parameters == {"long": "é" * length, "short": "1"}
    assert tracking.has(settings.load(), record.run_id, limits.LONG_VALUES) == (length > limits.PARAMETER)


@pytest.mark.parametrize("length", [4_999, 5_000, 5_001, 50_000])
def test_a_tag_of_any_length_is_read_as_it_was_written_whenever_it_was(store, length):
    record = written({}, {"first": "a" * length}, {"late": "b" * length, "other": "c"})
    assert record.tags["first"] == "a" * length
    assert record.tags["late"] == "b" * length
    assert record.tags["other"] == "c"


def test_long_parameters_and_tags_of_several_calls_stay_beside_each_other(store):
    with tracking.run(settings.load(), "p", "A", tags={"one": "1" * 9_000}) as run:
        run.parameters({"two": "2" * 9_000})
        run.tags({"three": "3" * 9_000})
        run.parameters({"four": "4" * 9_000})
    (record,) = tracking.runs(settings.load(), "p", "A")
    assert record.tags["one"] + record.tags["three"] == "1" * 9_000 + "3" * 9_000
    assert record.parameters == {"two": "2" * 9_000, "four": "4" * 9_000}
    assert tracking.several(settings.load(), [run.run_id])[run.run_id] == record


def test_other_tools_see_where_a_value_goes_on(store):
    record = written({"long": "a" * 9_000}, {}, {})
    raw = tracking.client(settings.load()).get_run(record.run_id).data.params["long"]
    assert raw == "a" * 5_999 + limits.MARK


def test_a_value_that_ends_like_a_shortened_one_is_only_itself(store):
    text = "a" * (limits.PARAMETER - 1) + limits.MARK
    assert written({"long": text}, {}, {}).parameters["long"] == text


def test_a_run_that_died_before_its_file_was_there_is_read_as_far_as_it_goes(store):
    with tracking.run(settings.load(), "p", "A") as run:
        tracking.client(settings.load()).set_tag(run.run_id, "long", limits.shortened("a" * 9_000, limits.TAG))
    assert tracking.get(settings.load(), run.run_id).tags["long"].endswith(limits.MARK)


def test_more_parameters_and_metrics_than_a_request_takes_are_written(store):
    with tracking.run(settings.load(), "p", "A") as run:
        run.parameters({f"p{number}": number for number in range(250)})
        run.metrics({f"m{number}": number for number in range(2_500)})
    record = tracking.get(settings.load(), run.run_id)
    assert len(record.parameters) == 250
    assert sum(record.metrics.values()) == sum(range(2_500))


def test_metrics_named_after_any_column_are_all_there(store):
    with tracking.run(settings.load(), "p", "A") as run:
        run.metrics({f"psi/{name}": number for number, name in enumerate(NASTY)})
        run.metrics(dict(zip(NASTY, range(len(NASTY)), strict=True)))
    found = tracking.get(settings.load(), run.run_id).metrics
    assert sorted(found.values()) == sorted([*range(len(NASTY)), *range(len(NASTY))])
    assert found["psi/rate _"] == NASTY.index("rate %")


@given(some.lists(some.text(max_size=400), unique=True, max_size=20))
def test_a_key_is_one_that_mlflow_takes_and_no_two_are_alike(names):
    keys = limits.metric_keys(names)
    assert list(keys) == names
    assert len(set(keys.values())) == len(names)
    for key in keys.values():
        _validate_metric_name(key)
        assert len(key) <= limits.KEY


def test_a_usual_name_is_its_own_key():
    usual = ["psi/income", "test_skill_low", "never/log_loss", "psi/birth date", "wasserstein/a-b.c"]
    assert list(limits.metric_keys(usual).values()) == usual


def test_a_name_that_is_no_text_is_kept_as_one(store):
    name = b"mar\xe7o.csv".decode("utf-8", "surrogateescape")
    with tracking.run(settings.load(), "p", "A", tags={"batch": name}) as run:
        run.parameters({"source": name})
        run.json("sources.json", [name])
        run.text("words.txt", name)
    record = tracking.get(settings.load(), run.run_id)
    assert record.tags["batch"] == record.parameters["source"] == r"mar\udce7o.csv"
    assert tracking.read_json(settings.load(), run.run_id, "sources.json") == [name]


def test_the_reason_of_a_failure_says_that_it_goes_on(store):
    with pytest.raises(ValueError, match="aaa"), tracking.run(settings.load(), "p", "A") as run:
        raise ValueError("a" * 1_000)
    kept = tracking.get(settings.load(), run.run_id).tags[tracking.REASON]
    assert len(kept) == tracking.MOST_REASON
    assert kept.endswith(limits.MARK)


def test_a_table_of_very_many_columns_is_recorded_without_the_schema_that_does_not_fit(store):
    wide = pd.DataFrame(
        [range(20_000)], columns=[f"a column with a long name, number {number}" for number in range(20_000)]
    )
    about = {"name": "wide", "source": "wide.parquet", "context": "train", "digest": "abc", "target": ""}
    with tracking.run(settings.load(), "p", "A") as run:
        run.dataset(wide, **about)
        run.dataset(wide.iloc[:, :3], **about | {"digest": "def"})
    inputs = tracking.client(settings.load()).get_run(run.run_id).inputs.dataset_inputs
    schemas = {one.dataset.digest: one.dataset.schema for one in inputs}
    assert not schemas["abc"]
    assert "number 2" in schemas["def"]


def test_the_list_of_champions_stays_within_its_field(lifecycle_home, monkeypatch):
    monkeypatch.setattr(registry, "REMEMBERED", 3)
    place = settings.load()
    registry._remember(place, "kobe", [7, 8, 9, 10, 1])
    assert registry.before(place, "kobe") == 10
    assert tracking.client(place).get_registered_model("kobe").tags[registry.HISTORY] == "9,10,1"
    assert len(",".join(str(10**5 + number) for number in range(500))) < limits.TAG
