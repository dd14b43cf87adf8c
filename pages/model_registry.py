"""Register: versions, champion and challenger, promote and roll back."""

import streamlit as st

from core import workflows
from core.charts import comparison
from core.errors import NothingYet
from core.messages import message
from core.registry import RegisteredVersion
from pages.parts.frame import card, head, page
from pages.parts.picture import picture
from pages.parts.reads import read, read_or_none
from pages.parts.state import _, number, say, when

ALIASES = {"champion": lambda: _("champion"), "challenger": lambda: _("challenger"), "": lambda: ""}


def history(project: str, versions: list[RegisteredVersion]) -> None:
    """The first picture: skill on test across versions."""
    figures = read(workflows.version_metrics, project)
    shown = sorted(versions, key=lambda item: item.version)
    names = {item.version: f"v{item.version}" for item in shown}
    bearer = {item.alias: names[item.version] for item in shown if item.alias}
    with card(_("Skill on test by version, with 95 % interval"), _("star: champion")):
        newest = number(figures[shown[-1].version]["test_skill"], "+.1%")
        alt = _("{count} versions; the newest has {skill}.", count=len(shown), skill=newest)
        picture(
            comparison.versions,
            list(names.values()),
            [figures[item.version]["test_skill"] for item in shown],
            [figures[item.version].get("test_skill_low") for item in shown],
            [figures[item.version].get("test_skill_high") for item in shown],
            bearer.get("champion", ""),
            bearer.get("challenger", ""),
            alt=alt,
            key="versions",
        )
        st.caption(_("Each version is measured on its own test split; the comparison above is on the same rows."))


def table(project: str, versions: list[RegisteredVersion]) -> None:
    """Every version with its figures and where it came from."""
    figures = read(workflows.version_metrics, project)
    rows = [
        {
            _("Version"): item.version,
            _("Alias"): ALIASES[item.alias](),
            _("Candidate"): say(workflows.candidate_title(item.candidate)),
            _("Skill"): figures[item.version]["test_skill"] * 100,
            _("Log loss"): figures[item.version]["test_log_loss"],
            _("AUC"): figures[item.version]["test_roc_auc"],
            _("Threshold"): item.threshold,
            _("Registered"): item.registered,
            _("Training run"): item.tags["training_run"],
        }
        for item in versions
    ]
    figure = st.column_config.NumberColumn(format="%.4f")
    config = {
        _("Log loss"): figure,
        _("AUC"): figure,
        _("Skill"): st.column_config.NumberColumn(format="%.1f %%"),
        _("Registered"): st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
    }
    with card(_("Versions")):
        st.dataframe(rows, hide_index=True, column_config=config)


def compared(project: str) -> None:
    """Challenger against champion on the same rows, after a retraining."""
    retrained = read_or_none(workflows.latest_retrained, project)
    if retrained is None:
        return
    title = _("Version {new} against version {old}, on the same rows", new=retrained.challenger, old=retrained.champion)
    with card(title, when(retrained.when)):
        columns = st.columns(2)
        names = (_("Champion's test split"), _("Production rows held out"))
        for place, name, column in zip(
            columns, names, (retrained.comparison.test, retrained.comparison.production), strict=True
        ):
            place.markdown(f"##### {name} · {number(column.rows, ',d')}")
            place.markdown(_difference(column))
            metrics = place.columns(3)
            for slot, (label, key, spec) in zip(
                metrics,
                ((_("Log loss"), "log_loss", ".4f"), (_("Skill"), "skill", "+.1%"), (_("AUC"), "roc_auc", ".3f")),
                strict=True,
            ):
                slot.metric(
                    label,
                    number(column.challenger[key], spec),
                    _("champion {value}", value=number(column.champion[key], spec)),
                    delta_color="off",
                    delta_arrow="off",
                )


def _difference(column) -> str:
    bounds = column.difference
    values = {name: number(abs(getattr(bounds, name)), ".4f") for name in ("value", "low", "high")}
    if bounds.high < 0:
        values["low"], values["high"] = values["high"], values["low"]
        return _(
            ":green[:material/trending_down:] The challenger loses **{value} less** [{low}, {high}] per row.", **values
        )
    if bounds.low > 0:
        return _(
            ":red[:material/trending_up:] The challenger loses **{value} more** [{low}, {high}] per row.", **values
        )
    signed = {name: number(getattr(bounds, name), "+.4f") for name in ("value", "low", "high")}
    return _(":gray[:material/drag_handle:] These two can't be told apart: {value} [{low}, {high}] per row.", **signed)


@st.dialog(" ", icon=":material/star:")
def promote(project: str, version: RegisteredVersion, champion: RegisteredVersion | None) -> None:
    """Asks once more, and says what will change."""
    title = _("Promote version {version}", version=version.version)
    st.markdown(f"#### {title}")
    st.markdown(
        _(
            "Every batch scored from now on is scored by version {version}, at threshold {threshold}.",
            version=version.version,
            threshold=version.threshold,
        )
    )
    if champion:
        st.markdown(_("Version {version} steps back and stays for a roll-back.", version=champion.version))
    if st.button(_("Promote"), type="primary", icon=":material/star:"):
        workflows.promote(project, version.version)
        st.rerun()


@st.dialog(" ", icon=":material/undo:")
def roll_back(project: str, champion: RegisteredVersion) -> None:
    """Asks once more, and says what will change."""
    title = _("Roll back")
    st.markdown(f"#### {title}")
    st.markdown(_("Version {version} steps back; the champion before it scores again.", version=champion.version))
    if st.button(_("Roll back"), type="primary", icon=":material/undo:"):
        workflows.rollback(project)
        st.rerun()


def actions(project: str, versions: list[RegisteredVersion], champion: RegisteredVersion | None) -> None:
    """Promote the newest version that is not champion (or another one), or roll back."""
    others = [item for item in versions if item.alias != "champion"]
    if champion and workflows.can_roll_back(project) and st.button(_("Roll back"), icon=":material/undo:"):
        roll_back(project, champion)
    if others:
        if len(others) > 1:
            labels = {item.version: _("Version {version}", version=item.version) for item in others}
            wanted = st.selectbox(_("Version"), list(labels), format_func=labels.get, label_visibility="collapsed")
        else:
            wanted = others[0].version
        picked = next(item for item in others if item.version == wanted)
        label = _("Promote version {version}", version=picked.version)
        if st.button(label, type="primary", icon=":material/star:"):
            promote(project, picked, champion)


with page("model_registry") as project:
    versions = read(workflows.versions, project)
    if not versions:
        read(workflows.latest_trained, project)
        raise NothingYet(
            message("No version is registered yet."), message("Register a candidate on the training page.")
        )
    champion = read_or_none(workflows.champion, project)
    if champion:
        title = _("Version {version} is champion", version=champion.version)
        reason = _(
            "{candidate}, skill {skill} on its test split. It scores every batch.",
            candidate=say(workflows.candidate_title(champion.candidate)).capitalize(),
            skill=number(read(workflows.version_metrics, project)[champion.version]["test_skill"], "+.1%"),
        )
    else:
        title, reason = _("No champion yet"), _("Promote a version, and it scores every batch.")
    with head(title, reason):
        actions(project, versions, champion)
    compared(project)
    history(project, versions)
    table(project, versions)
