"""Pages of alliances: the list, one alliance with its hub, members, purchases and people, and the forms of state staff."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.alliances import actions, queries
from carepool.alliances.models import Alliance, AllianceMember, Shape
from carepool.alliances.words import EXPLAINED, SHAPES
from carepool.clock import today_here
from carepool.errors import Refusal
from carepool.identity.queries import roles_in
from carepool.identity.rights import InAlliance, Permission
from carepool.programs.words import TYPES
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of, made_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = Blueprint("alliances_pages", __name__, template_folder="templates")
P = Permission
_PAGE = 25
_PURCHASES = 10
_FOUND = 20
"""Programs shown of a search."""
_FAULTS = 20
"""Faulty license numbers that are shown at once."""


@blueprint.get("/alliances")
@needs(P.ALLIANCES_READ)
def alliances() -> ResponseReturnValue:
    """List the alliances that the person may read."""
    found = page_of(queries.alliances_seen(), [Alliance.id], request.args.get("cursor"), _PAGE)
    members = queries.count_members(one.id for one in found.rows)
    return render_template("alliances/alliances.html", page=found, members=members, shapes=SHAPES, **_may())


@blueprint.get("/alliances/new")
@needs(P.ALLIANCES_WRITE)
def new_alliance() -> ResponseReturnValue:
    """Ask for what is known of a new alliance."""
    require(P.ALLIANCES_WRITE)
    return _form(None, {"started_on": today_here().isoformat()}, {})


@blueprint.post("/alliances/new")
@needs(P.ALLIANCES_WRITE)
def found() -> ResponseReturnValue:
    """Found an alliance."""
    require(P.ALLIANCES_WRITE)

    def do() -> tuple[Sentence, str]:
        made = actions.found_alliance(signed_in().actor, _typed())
        told = marked("The alliance was founded. Now add its members.")
        return told, url_for(".alliance", alliance_id=made.id)

    return made_or_shown(do, lambda refused: _form(None, request.form, faults_of(refused)))


@blueprint.get("/alliances/<alliance:alliance_id>")
@needs(P.ALLIANCES_READ)
def alliance(alliance_id: UUID) -> ResponseReturnValue:
    """Show an alliance: its hub, members, purchases and people."""
    own = queries.alliance_or_404(alliance_id)
    words, left = _words(), request.args.get("left") == "1"
    members = page_of(
        queries.members_of(own.id, words=words, left=left), [AllianceMember.id], request.args.get("cursor"), _PAGE
    )
    purchases = page_of(
        queries.purchases_of(own.id), [Purchase.id], request.args.get("purchases"), _PURCHASES, newest_first=True
    )
    rights = signed_in().rights
    return render_template(
        "alliances/alliance.html",
        own=own,
        count=queries.count_members([own.id])[own.id],
        members=members,
        programs=queries.programs_of(members.rows),
        words=words,
        left=left,
        purchases=purchases,
        people=roles_in(InAlliance(own.id)),
        shapes=SHAPES,
        types=TYPES,
        opens_programs=rights.may(P.PROGRAMS_READ),
        opens_purchases=rights.may(P.PURCHASES_WRITE),
        opens_people=rights.may(P.PEOPLE_READ),
        opens_ledger=rights.reads_book_of(own.id),
        may_invite=rights.may(P.PEOPLE_WRITE),
        **_may(),
    )


@blueprint.get("/alliances/<alliance:alliance_id>/facts")
@needs(P.ALLIANCES_WRITE)
def facts(alliance_id: UUID) -> ResponseReturnValue:
    """Show what is known of an alliance, to be changed."""
    own = _run(alliance_id)
    return _form(own, _as_typed(own), {})


@blueprint.post("/alliances/<alliance:alliance_id>/facts")
@needs(P.ALLIANCES_WRITE)
def change(alliance_id: UUID) -> ResponseReturnValue:
    """Change what is known of an alliance."""
    own = _run(alliance_id)

    def do() -> Sentence:
        actions.change_alliance(signed_in().actor, own.id, _typed(), FormReader(request.form).version())
        return marked("The alliance was changed.")

    return done_or_shown(
        do,
        lambda: url_for(".alliance", alliance_id=alliance_id),
        lambda refused: _form(_run(alliance_id), request.form, faults_of(refused)),
    )


@blueprint.get("/alliances/<alliance:alliance_id>/end")
@needs(P.ALLIANCES_WRITE)
def ask_end(alliance_id: UUID) -> ResponseReturnValue:
    """Ask once more before an alliance is ended."""
    own = _run(alliance_id)
    return _end_form(own, {"ended_on": today_here().isoformat(), "version": str(own.version)}, {})


@blueprint.post("/alliances/<alliance:alliance_id>/end")
@needs(P.ALLIANCES_WRITE)
def end(alliance_id: UUID) -> ResponseReturnValue:
    """End an alliance."""
    own = _run(alliance_id)

    def do() -> Sentence:
        form = FormReader(request.form)
        day = form.day("ended_on")
        form.checked()
        actions.end_alliance(signed_in().actor, own.id, day, form.version())
        return marked("The alliance ended.")

    return done_or_shown(
        do,
        lambda: url_for(".alliance", alliance_id=alliance_id),
        lambda refused: _end_form(_run(alliance_id), request.form, faults_of(refused)),
    )


@blueprint.get("/alliances/<alliance:alliance_id>/members/new")
@needs(P.ALLIANCES_WRITE)
def new_members(alliance_id: UUID) -> ResponseReturnValue:
    """Ask which programs shall be members: found by their names, or by a list of license numbers."""
    return _members_form(_run(alliance_id), {"joined_on": today_here().isoformat()}, {})


@blueprint.post("/alliances/<alliance:alliance_id>/members")
@needs(P.ALLIANCES_WRITE)
def add_member(alliance_id: UUID) -> ResponseReturnValue:
    """Make a program that was found a member from today on."""
    own = _run(alliance_id)

    def do() -> Sentence:
        made = actions.add_member(signed_in().actor, own.id, FormReader(request.form).chosen_id("program_id"))
        return marked("%(program)s is a member now.", program=queries.programs_of([made])[made.program_id].name)

    return done_or_shown(
        do,
        lambda: url_for(".new_members", alliance_id=alliance_id, words=_words() or None),
        lambda refused: _members_form(_run(alliance_id), request.form, {"words": _sentences(refused)}),
    )


@blueprint.post("/alliances/<alliance:alliance_id>/members/pasted")
@needs(P.ALLIANCES_WRITE)
def add_members(alliance_id: UUID) -> ResponseReturnValue:
    """Make the programs of a pasted list of license numbers members, all or none."""
    own = _run(alliance_id)

    def do() -> Sentence:
        form = FormReader(request.form)
        lines = [one.strip() for one in form.text("numbers", most=100_000, wanted=True).splitlines()]
        day = form.day("joined_on")
        form.checked()
        numbers = list(dict.fromkeys(one for one in lines if one))
        done = actions.add_members(signed_in().actor, own.id, numbers, day)
        return marked("Added: %(added)s. Members already: %(present)s.", added=done.added, present=done.present)

    return done_or_shown(
        do,
        lambda: url_for(".alliance", alliance_id=alliance_id),
        lambda refused: _members_form(_run(alliance_id), request.form, _on_boxes(refused)),
    )


@blueprint.get("/alliances/<alliance:alliance_id>/members/<alliance_member:member_id>/end")
@needs(P.ALLIANCES_WRITE)
def ask_end_member(alliance_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """Ask once more before a member's time is ended."""
    own = _run(alliance_id)
    return _end_member_form(own, member_id, {"left_on": today_here().isoformat()}, {})


@blueprint.post("/alliances/<alliance:alliance_id>/members/<alliance_member:member_id>/end")
@needs(P.ALLIANCES_WRITE)
def end_member(alliance_id: UUID, member_id: UUID) -> ResponseReturnValue:
    """End a member's time."""
    own = _run(alliance_id)
    queries.member_or_404(own, member_id)

    def do() -> Sentence:
        form = FormReader(request.form)
        day = form.day("left_on")
        form.checked()
        actions.end_member(signed_in().actor, own.id, member_id, day)
        return marked("The program is a member no more.")

    return done_or_shown(
        do,
        lambda: url_for(".alliance", alliance_id=alliance_id),
        lambda refused: _end_member_form(_run(alliance_id), member_id, request.form, faults_of(refused)),
    )


def _run(alliance_id: UUID) -> Alliance:
    """Return an alliance for someone who changes alliances. Raises Forbidden, NotFound."""
    require(P.ALLIANCES_WRITE)
    return queries.alliance_or_404(alliance_id)


def _may() -> dict[str, bool]:
    return {"may_write": signed_in().rights.may(P.ALLIANCES_WRITE)}


def _words() -> str:
    return request.values.get("words", "").replace("\0", "").strip()[:100]


def _typed() -> dict[str, Any]:
    """Read what is known of an alliance. Raises Invalid naming the fields."""
    form = FormReader(request.form)
    facts = {
        "name": form.text("name", wanted=True),
        "shape": form.choice("shape", Shape, Shape.MEMBERSHIP),
        "hub_name": form.text("hub_name", wanted=True),
        "contact_name": form.text("contact_name"),
        "contact_email": form.email("contact_email"),
        "contact_phone": form.text("contact_phone", most=40),
        "started_on": form.day("started_on"),
    }
    if facts["started_on"] is None and "started_on" not in form.faults:
        form.refuse("started_on", marked("Fill this in."))
    form.checked()
    return facts


def _as_typed(own: Alliance) -> dict[str, Any]:
    names = ("name", "shape", "hub_name", "contact_name", "contact_email", "contact_phone", "version")
    return {**{name: getattr(own, name) for name in names}, "started_on": own.started_on.isoformat()}


def _form(own: Alliance | None, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return render_template(
        "alliances/facts.html", own=own, typed=typed, errors=errors, shapes=SHAPES, explained=EXPLAINED
    )


def _end_form(own: Alliance, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    count = queries.count_members([own.id])[own.id]
    return render_template("alliances/end.html", own=own, count=count, typed=typed, errors=errors)


def _members_form(own: Alliance, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    words = _words()
    return render_template(
        "alliances/new_members.html",
        own=own,
        words=words,
        found=queries.programs_to_add(own.id, words, _FOUND) if words else [],
        types=TYPES,
        typed=typed,
        errors=errors,
    )


def _end_member_form(own: Alliance, member_id: UUID, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    member = queries.member_or_404(own, member_id)
    program = queries.programs_of([member])[member.program_id]
    return render_template(
        "alliances/end_member.html", own=own, member=member, program=program, typed=typed, errors=errors
    )


def _sentences(refused: Refusal) -> list[Sentence]:
    return [one for sentences in refused.fields.values() for one in sentences] or [refused.sentence]


def _on_boxes(refused: Refusal) -> dict[str, list[Sentence]]:
    """Put what is wrong with license numbers on their box, the first of them in full."""
    errors: dict[str, list[Sentence]] = {}
    for name, sentences in faults_of(refused).items():
        errors.setdefault("numbers" if name.startswith("licence_numbers") else name, []).extend(sentences)
    told = errors.get("numbers", [])
    if len(told) > _FAULTS:
        errors["numbers"] = [*told[:_FAULTS], marked("%(more)s more like these.", more=len(told) - _FAULTS)]
    return errors
