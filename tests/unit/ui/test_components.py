"""The components, one by one."""

import re
from collections.abc import Callable

import pytest

from carepool.purchasing.ladder import view_ladder

Render = Callable[..., str]
RUNGS = [(1, 4500), (12, 4290), (30, 3904)]


def test_a_field_names_its_label_hint_and_error_to_a_screen_reader(render: Render) -> None:
    field = render(
        "field",
        "text_field('email', 'E-mail', 'rosa@', hint='For the card.', error='No.', type='email', autocomplete='email')",
    )
    assert '<label class="usa-label" for="email">E-mail</label>' in field
    assert 'aria-describedby="email-hint email-error" aria-invalid="true" required' in field
    assert 'id="email-hint"' in field and 'id="email-error"' in field
    assert 'autocomplete="email"' in field and 'spellcheck="false"' in field


def test_a_field_that_may_stay_empty_says_so_and_is_not_required(render: Render) -> None:
    field = render("field", "text_field('note', 'Note', optional=true)", "es")
    assert "(opcional)" in field and "required" not in field and "aria-invalid" not in field


@pytest.mark.parametrize("call", ["text_field('a', 'A', v)", "text_area('a', 'A', v)", "select('a', 'A', [(v, v)], v)"])
def test_what_was_typed_comes_back_as_text(render: Render, call: str) -> None:
    field = render("field", call, v='"><script>x</script>')
    assert "<script>" not in field and "&lt;script&gt;" in field


def test_choices_are_a_group_with_a_name_and_the_first_can_be_led_to(render: Render) -> None:
    group = render(
        "field", "choices('place', 'Where', [('a', 'Site'), ('b', 'Door', 'At yours')], 'b', error='Choose.')"
    )
    assert "<fieldset" in group and '<legend class="usa-legend">Where</legend>' in group
    assert 'id="place" name="place" value="a"' in group
    assert re.search(r'value="b" checked', group) and not re.search(r'value="a" checked', group)


def test_the_list_of_errors_takes_the_focus_and_leads_to_each_field(render: Render) -> None:
    summary = render(
        "form", "error_summary({'lines.0.wanted': ['Order 96 or fewer.', 'Order by 12.'], 'name': 'Enter it.'})"
    )
    assert 'role="alert" tabindex="-1" autofocus' in summary
    assert summary.count('href="#lines.0.wanted"') == 2 and 'href="#name"' in summary
    assert "2 things need your attention" in summary
    assert render("form", "error_summary({})") == ""


def test_a_form_carries_its_token(render: Render) -> None:
    assert re.fullmatch(r'<input type="hidden" name="csrf_token" value="[\w.-]{20,}">', render("form", "form_token()"))


@pytest.mark.parametrize("kind", ["info", "success", "warning", "error"])
def test_an_alert_says_its_kind_in_words(render: Render, kind: str) -> None:
    alert = render("alert", f"alert('{kind}', '', 'Closed on Monday.')", "es")
    assert re.search(r'<span class="usa-sr-only">[^<]+: </span>Closed on Monday.', alert)
    assert "role=" not in alert
    assert f'role="{"alert" if kind == "error" else "status"}"' in render(
        "alert", f"alert('{kind}', 'A', 'B', live=true)"
    )


def test_a_busy_button_says_so_and_cannot_be_missed(render: Render) -> None:
    busy = render("button", "button('Place order', busy_text='Sending…', busy=true)")
    assert 'aria-disabled="true"' in busy and "Sending…" in busy.partition(">")[2]


def test_a_table_stays_a_table_as_cards(render: Render) -> None:
    table = render(
        "table",
        "table('Items', [{'text': 'Item'}, {'text': 'Cases', 'number': true}], [['Paper', 3]], total=['Total', 3])",
    )
    assert '<th scope="row" role="rowheader" data-label="Item">Paper</th>' in table
    assert '<td role="cell" data-label="Cases" class="cp-number ">3</td>' in table
    assert table.count('role="row"') == 3 and "<tfoot" in table and "<caption>Items</caption>" in table


def test_an_empty_table_says_why(render: Render) -> None:
    table = render("table", "table('Items', [{'text': 'Item'}], [], empty='No order is late.')")
    assert table == '<p class="cp-empty-line">No order is late.</p>'


def test_cells_are_text_unless_they_are_safe(render: Render) -> None:
    assert "&lt;b&gt;" in render("table", "table('T', [{'text': 'A'}], [['<b>']])")


def test_a_pager_shows_only_ways_that_lead_somewhere(render: Render) -> None:
    first = render("pager", "pager(none, '/items?after=x', '1 to 50')")
    assert 'rel="next" href="/items?after=x"' in first and 'rel="prev"' not in first
    assert render("pager", "pager()") == ""


def test_progress_is_told_in_figures_and_asks_again_only_while_it_runs(render: Render) -> None:
    running = render("progress", "progress('Reading', 12800, 40000, url='/jobs/1')")
    assert 'value="12800" max="40000"' in running and "12,800 of 40,000" in running
    assert 'hx-get="/jobs/1"' in running and '<a href="/jobs/1">' in running
    failed = render("progress", "progress('Reading', 3, 9, 'failed', 'Row 4 has no price.', url='/jobs/1')")
    assert "Stopped by a problem" in failed and "Row 4 has no price." in failed and "hx-get" not in failed
    unknown = render("progress", "progress('Getting ready')")
    assert "<progress" in unknown and "value=" not in unknown


def test_progress_never_runs_past_its_end(render: Render) -> None:
    assert 'value="9" max="9"' in render("progress", "progress('Reading', 12, 9)")


def test_a_stepper_is_a_box_of_figures_with_two_named_buttons(render: Render) -> None:
    stepper = render("stepper", "stepper('w', 'Wanted', 12, most=96, step=12, unit='boxes', about='Glue')")
    assert 'aria-label="Less: Wanted, Glue"' in stepper and 'aria-label="More: Wanted, Glue"' in stepper
    assert 'inputmode="numeric"' in stepper and 'data-most="96"' in stepper
    assert 'data-step="-12" data-step-for="w"' in stepper and 'data-step="12" data-step-for="w"' in stepper
    assert 'aria-describedby="w-unit "' in stepper


def test_a_tag_never_speaks_by_color_alone(render: Render) -> None:
    for kind in ("info", "good", "attention", "bad"):
        assert "<svg" in render("tag", f"tag('Open', '{kind}')")


def test_a_breadcrumb_marks_where_one_is(render: Render) -> None:
    assert '<li class="usa-breadcrumb__list-item usa-current" aria-current="page"><span>Here</span>' in render(
        "breadcrumb", "breadcrumb([('First', '/')], 'Here')"
    )


def test_a_ladder_says_in_words_what_its_bars_show(render: Render) -> None:
    view = view_ladder(RUNGS, 24, 27, 658, 36)
    ladder = re.sub(r"<[^>]+>", "", render("ladder", "ladder(rungs, view, 24)", rungs=RUNGS, view=view))
    assert "27 of 30 cases are ordered. 3 more cases and everyone pays 9% less. That saves you $5.79." in ladder
    assert "14 more fill the next case of 24." in ladder
    assert "12 to 29 cases" in ladder
    assert "Price now" in ladder and "Next price" in ladder


def test_a_ladder_speaks_spanish_with_the_right_plural(render: Render) -> None:
    view = view_ladder(RUNGS, 24, 29, 29 * 24, 0)
    ladder = render("ladder", "ladder(rungs, view, 24)", "es", rungs=RUNGS, view=view)
    assert "Se han pedido 29 de 30 cajas. Falta 1 caja más y todos pagan un 9% menos." in ladder
    assert "Precio actual" in ladder


@pytest.mark.parametrize(
    ("cases", "words"),
    [(0, "No full case is ordered yet."), (30, "30 cases are ordered. The lowest price is reached."), (1, "1 of 12")],
)
def test_a_ladder_has_words_for_its_beginning_and_its_end(render: Render, cases: int, words: str) -> None:
    view = view_ladder(RUNGS, 24, cases, cases * 24, 0)
    assert words in render("ladder", "ladder(rungs, view, 24)", rungs=RUNGS, view=view)


def test_a_ladder_of_one_price_has_reached_its_lowest(render: Render) -> None:
    view = view_ladder([(1, 900)], 10, 1, 10, 10)
    ladder = render("ladder", "ladder(rungs, view, 10)", rungs=[(1, 900)], view=view)
    assert "1 case is ordered. The lowest price is reached." in ladder and "1 case or more" in ladder
    none_yet = view_ladder([(1, 900)], 10, 0, 4, 4)
    assert "No full case is ordered yet. 6 more fill the next case of 10." in render(
        "ladder", "ladder_words(view, 10)", view=none_yet
    )


def test_an_empty_state_says_what_to_do_next(render: Render) -> None:
    assert "No open purchase" in render("empty", "empty_state('No open purchase', 'You get a message.')")


def test_a_picture_is_silent_unless_it_has_a_label(render: Render) -> None:
    assert 'aria-hidden="true"' in render("icon", "icon('phone')")
    assert 'role="img" aria-label="Phone"' in render("icon", "icon('phone', 'Phone')")
