"""One code on several devices: one clock, one list, whatever their own clocks and networks do."""

import io
import re
from typing import Any

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.conftest import PHONE, TABLET, Devices, Server
from tests.browser.steps import code_of, hero, invitation, join, live, milestone, seconds_shown, sign_in, start_code


def test_two_devices_whose_clocks_are_five_minutes_apart_show_the_same_time_left(
    devices: Devices, server: Server
) -> None:
    right, wrong = devices.new(TABLET), devices.new(PHONE, clock_off_ms=5 * 60_000)
    sign_in(right, server)
    code = start_code(right)
    join(wrong, server, code)
    assert wrong.page.evaluate("Date.now()") - right.page.evaluate("Date.now()") > 290_000, "the clocks are wrong"
    expect(wrong.page.locator("[data-doubt]")).to_be_hidden()
    shown = [(seconds_shown(right.page), seconds_shown(wrong.page)) for _ in range(5)]
    # The two are read a moment apart, and either may be one tick further.
    assert all(abs(first - second) <= 1 for first, second in shown), shown
    # A clock that was taken for true would show five minutes less or more; starting and joining take seconds.
    assert 3480 <= shown[0][0] <= 3600


def test_a_tap_on_one_device_is_on_the_other_and_an_onset_correction_moves_both(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new(PHONE)
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    one.page.locator("[data-next-button]").click()
    expect(one.page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    two.page.locator("[data-tab='feed']").click()
    cpr = two.page.locator("#panel .feed-what").filter(has_text=re.compile("CPR", re.I)).first
    expect(cpr).to_be_visible()
    cpr.click()
    heard_and_doubt = re.compile(r" · heard \d\d:\d\d:\d\d · clock ±\d+\.\d s$")
    expect(two.page.locator(".sheet-meta")).to_have_text(heard_and_doubt)
    before = seconds_shown(two.page)
    one.page.locator("[data-anchor]").click()
    one.page.get_by_role("button", name="−5 min").click()
    expect(one.page.locator(".sheet-effect")).to_contain_text("Saved. Flow by")
    expect(two.page.locator("[data-notice]")).to_contain_text("Arrest time changed")
    after_one, after_two = seconds_shown(one.page), seconds_shown(two.page)
    assert 295 <= before - after_two <= 330
    assert abs(after_one - after_two) <= 1


def test_five_events_recorded_offline_arrive_once_each_with_their_own_times(devices: Devices, server: Server) -> None:
    away, there = devices.new(), devices.new()
    sign_in(away, server)
    code = start_code(away)
    join(there, server, code)
    away.context.set_offline(True)
    names = ["CPR", "activated|called", "primed", "Cannulation", "ROSC"]
    for name in names:
        milestone(away.page, name).first.click()
    expect(away.page.locator("[data-link-words]")).to_contain_text("5 not shared")
    said = away.page.locator("#feed .feed-line[data-status='waiting']")
    expect(said).to_have_count(4)  # the short feed shows four
    expect(said.locator(".feed-state")).to_have_text(["on this tablet"] * 4)
    first = server.reading(code)
    assert [r["kind"] for r in first["records"] if not r["meta"]] == ["code_started", "arrest_onset"] or all(
        r["kind"] in ("code_started", "arrest_onset", "role_taken") for r in first["records"]
    )
    away.context.set_offline(False)
    live(away.page)
    expect(away.page.locator("#feed .feed-line[data-status='waiting']")).to_have_count(0)
    records = [
        r
        for r in server.reading(code)["records"]
        if r["kind"] not in ("code_started", "arrest_onset", "role_taken", "role_released")
    ]
    assert sorted(r["kind"] for r in records) == sorted(
        ["cpr_start", "ecpr_activated", "circuit_primed", "cannulation_start", "rosc"]
    )
    times = [r["at"] for r in records]
    assert len(set(times)) == 5, "each has its own time"
    assert all(r["at"] <= r["received"] for r in records)
    there.page.locator("[data-more]").click()
    there.page.get_by_role("button", name="Whole feed").click()
    expect(there.page.locator("#panel .feed-state").first).to_have_text("recorded")
    expect(there.page.locator("#panel .feed-what").filter(has_text=re.compile("ROSC"))).to_have_count(1)


def test_a_panel_that_cannot_be_fetched_says_so_and_covers_nothing_that_is_needed(
    devices: Devices, server: Server
) -> None:
    device = devices.new(TABLET)
    sign_in(device, server)
    device.context.route(re.compile("board_panels"), lambda route: route.abort())
    start_code(device)
    page = device.page
    page.locator("[data-more]").click()
    expect(page.locator("#panel")).to_contain_text("This part has not been loaded, and there is no network.")
    page.locator("[data-next-button]").click()
    expect(page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    device.context.unroute_all()
    page.reload()
    live(page)
    page.locator("[data-more]").click()
    expect(page.locator("#panel-title")).to_have_text("More")


def test_entries_made_offline_survive_a_reload_and_still_arrive(devices: Devices, server: Server) -> None:
    device = devices.new()
    sign_in(device, server)
    code = start_code(device)
    device.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    device.page.reload()
    live(device.page)
    device.context.set_offline(True)
    milestone(device.page, "CPR").first.click()
    expect(device.page.locator("[data-link-words]")).to_contain_text("1 not shared")
    device.page.reload()
    expect(device.page.locator("[data-link-words]")).to_contain_text("1 not shared")
    expect(hero(device.page)).to_have_text(re.compile(r"\d\d:\d\d"))
    device.context.set_offline(False)
    live(device.page)
    expect(device.page.locator("#feed .feed-line[data-status='waiting']")).to_have_count(0)
    kinds = [r["kind"] for r in server.reading(code)["records"]]
    assert kinds.count("cpr_start") == 1


def test_a_milestone_that_two_people_timed_apart_is_shown_on_both_devices_and_settled_on_one(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    two.context.set_offline(True)
    milestone(two.page, "Flow on").click()
    two.page.locator("#feed .feed-line").filter(has_text="Flow on").click()
    two.page.get_by_role("button", name="−2 min").click()
    milestone(one.page, "Flow on").click()
    expect(one.page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    two.context.set_offline(False)
    live(two.page)
    for device in (one, two):
        expect(milestone(device.page, "Flow on")).to_contain_text("2 times: which?")
    milestone(one.page, "Flow on").click()
    dispute = one.page.locator(".dispute")
    expect(dispute.get_by_role("heading")).to_have_text("Which time counts?")
    expect(dispute.locator("li")).to_have_count(2)
    said = [record for record in server.reading(code)["records"] if record["kind"] == "flow_on"]
    earlier = min(said, key=lambda record: record["at"])
    dispute.get_by_role("button").first.click()
    expect(dispute).to_be_hidden()
    expect(milestone(two.page, "Flow on")).to_contain_text(re.compile(r"\d\d:\d\d"))
    after = server.reading(code)
    assert after["conflicts"] == []
    assert after["milestones"]["flow_on"]["id"] == earlier["id"]
    assert len([record for record in after["records"] if record["kind"] == "flow_on"]) == 2


def test_a_shock_that_two_devices_recorded_is_marked_and_a_person_says_that_both_stand(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    for device in (one, two):
        device.page.locator("#acls [data-timer='shock'] .tile").click()
        expect(one.page.locator("#feed .feed-line").first).to_contain_text("Shock")
    marked = one.page.locator("#feed .feed-line[data-status='disputed']")
    expect(marked).to_have_text(re.compile("2nd within 1 min"))
    marked.click()
    one.page.get_by_role("button", name="Two: keep both").click()
    expect(marked).to_have_count(0)
    expect(two.page.locator("#feed .feed-line[data-status='disputed']")).to_have_count(0)
    reading = server.reading(code)
    assert [flag["flag"] for flag in reading["flags"] if flag["flag"] == "possible_double"] == []
    assert [record["kind"] for record in reading["records"]].count("shock") == 2


def test_two_corrections_made_at_once_and_a_tap_after_the_end_are_shown_to_all_and_settled_by_one(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    milestone(one.page, "CPR").first.click()
    for device in (one, two):
        expect(device.page.locator("#feed .feed-line").filter(has_text="CPR")).to_have_count(1)
    two.context.set_offline(True)
    for device, step in ((two, "−2 min"), (one, "−1 min")):
        device.page.locator("#feed .feed-line").filter(has_text="CPR").click()
        device.page.get_by_role("button", name=step).click()
        expect(device.page.locator(".sheet-effect")).to_have_text("Saved.")
        device.page.keyboard.press("Escape")
    two.page.locator("#acls [data-timer='shock'] .tile").click()
    one.page.locator("[data-more]").click()
    one.page.get_by_role("button", name="End code").click()
    one.page.get_by_role("button", name=re.compile("^ROSC")).click()
    expect(one.page.locator("[data-ended-words]")).to_contain_text("Code ended")
    two.context.set_offline(False)
    live(two.page)
    late = ("#feed .feed-line[data-status='disputed']", re.compile("Shock.*after end: keep?"))
    for device in (one, two):
        expect(milestone(device.page, "CPR").first).to_contain_text("2 values: which?")
        expect(device.page.locator(late[0]).filter(has_text=late[1])).to_have_count(1)
    milestone(one.page, "CPR").first.click()
    dispute = one.page.locator(".dispute")
    expect(dispute.get_by_role("heading")).to_have_text("Two people corrected it. Which counts?")
    expect(dispute.locator("li")).to_have_count(2)
    chosen = dispute.get_by_role("button").first.inner_text().split()[0]
    dispute.get_by_role("button").first.click()
    expect(dispute).to_be_hidden()
    one.page.keyboard.press("Escape")
    two.page.locator(late[0]).filter(has_text=late[1]).click()
    two.page.locator(".dispute").get_by_role("button", name="Keep it").click()
    two.page.keyboard.press("Escape")
    for device in (one, two):
        expect(device.page.locator(late[0])).to_have_count(0)
        expect(milestone(device.page, "CPR").first).to_contain_text(chosen)
    reading = server.reading(code)
    assert [
        flag["flag"] for flag in reading["flags"] if flag["flag"] in ("concurrent_correction", "after_closing")
    ] == []
    cpr = next(record for record in reading["records"] if record["kind"] == "cpr_start")
    assert len(cpr["corrections"]) == 3
    assert [record["flags"] for record in reading["records"] if record["kind"] == "shock"] == [["after_closing"]]


def test_paused_compressions_are_loud_on_every_device_until_somebody_restarts_them(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new(PHONE)
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    loud = ".loud-words"
    expect(one.page.locator(".loud")).to_be_hidden()
    one.page.get_by_role("button", name="PAUSE CPR").click()
    for device in (one, two):
        expect(device.page.locator(loud)).to_have_text("NO COMPRESSIONS")
    two.page.get_by_role("button", name="RESTART CPR").click()
    for device in (one, two):
        expect(device.page.locator(".loud")).to_be_hidden()
    [told] = server.reading(code)["pauses"]
    assert (told["state"], told["over"]) == ("known", False)
    one.page.locator("[data-more]").click()
    one.page.get_by_role("button", name="Add past event").click()
    one.page.get_by_role("button", name="Hospital door").click()
    expect(two.page.locator("[data-notice]")).to_have_text(re.compile(r"^At the door: 59:\d\d left to flow$"))


def test_a_time_read_from_the_defibrillator_is_put_right_and_both_times_stay(devices: Devices, server: Server) -> None:
    tablet = devices.new()
    sign_in(tablet, server)
    code = start_code(tablet)
    page = tablet.page
    page.locator("[data-timer='adrenaline'] .tile").click(delay=200)
    expect(page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    page.locator("#feed .feed-line").first.click()
    page.get_by_role("button", name="Compare clocks").click()
    defib = page.locator(".sheet-part").filter(has=page.get_by_role("heading", name="Defibrillator"))
    defib.get_by_role("button", name="Compare").click()
    asked = defib.get_by_label(re.compile("^At .* it showed$"))
    ours = re.search(r"(\d\d):(\d\d):(\d\d)", defib.locator("label").inner_text())
    assert ours
    shown = (int(ours[1]) * 3600 + int(ours[2]) * 60 + int(ours[3]) + 412) % 86_400
    asked.fill(f"{shown // 3600:02}:{shown // 60 % 60:02}")
    asked.press("Enter")
    expect(defib.locator(".field-fault")).to_have_text("Write it with its seconds, as 14:05:30.")
    asked.fill(f"{shown // 3600:02}:{shown // 60 % 60:02}:{shown % 60:02}")
    asked.press("Enter")
    expect(defib.locator(".sheet-meta")).to_have_text(re.compile(r"^6:52 ahead, compared \d\d:\d\d$"))
    page.locator("#feed .feed-line").filter(has_text="Adrenaline").click()
    page.get_by_role("button", name="Defibrillator", exact=True).click()
    expect(page.locator(".sheet-head")).to_contain_text(re.compile(r"defibrillator clock showed \d\d:\d\d:\d\d"))
    expect(page.locator("[data-trouble], [data-status='waiting']")).to_have_count(0)
    [dose] = [record for record in server.reading(code)["records"] if record["kind"] == "drug"]  # type: ignore[attr-defined]  # JSON of our own
    assert (dose["raw_at"] - dose["at"], dose["flags"]) == (412_000, ["corrected_clock"])
    # A time that is moved by hand is meant on our clock: the offset is not taken off again.
    page.get_by_role("button", name="−1 min").click()
    expect(page.locator(".sheet-effect")).to_have_text("Saved.")
    expect(page.get_by_role("button", name="Ours", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-status='waiting']")).to_have_count(0)
    [moved] = [record for record in server.reading(code)["records"] if record["kind"] == "drug"]  # type: ignore[attr-defined]  # JSON of our own
    assert (moved["at"], moved["source"], moved["flags"]) == (dose["at"] - 60_000, "manual", [])


def test_details_are_added_to_an_entry_and_stand_on_every_device_in_the_debrief_and_in_the_csv(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    milestone(one.page, "Target flow").first.click()
    line = one.page.locator("#feed .feed-line").first
    expect(line).to_have_attribute("data-status", "kept")
    line.click()
    sheet = one.page.locator(".sheet")
    sheet.get_by_label("MAP (mmHg)").fill("sixty")
    sheet.get_by_label("MAP (mmHg)").press("Enter")
    expect(sheet.locator(".detail .field-fault").filter(has_text="Write a number")).to_be_visible()
    sheet.get_by_label("MAP (mmHg)").fill("62,5")
    sheet.get_by_label("MAP (mmHg)").press("Enter")
    sheet.get_by_label("Value (L/min)").fill("3.8")
    sheet.get_by_label("Value (L/min)").press("Enter")
    expect(two.page.locator("#feed .feed-line").first).to_contain_text("Target flow 3.8")
    # What only adds is no correction.
    expect(two.page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    [flow] = [record for record in server.reading(code)["records"] if record["kind"] == "flow_established"]  # type: ignore[attr-defined]  # JSON of our own
    assert flow["payload"] == {"map": 62.5, "value": 3.8}
    one.page.goto(f"/codes/{code}/debrief/")
    expect(one.page.locator("main")).to_contain_text("3.8 L/min, MAP 62.5 mmHg")
    csv = one.context.request.get(f"/codes/{code}/records.csv").text()
    assert '""map"": 62.5' in csv


def test_a_phase_that_an_undo_moves_back_is_said_and_open_items_of_an_earlier_phase_are_to_catch_up(
    devices: Devices, server: Server
) -> None:
    tablet = devices.new()
    sign_in(tablet, server)
    start_code(tablet)
    page = tablet.page
    milestone(page, "Cannulation").first.click()
    page.locator(".role-chip").filter(has_text="Leader").click()
    expect(page.locator(".checklist")).to_contain_text(re.compile(r"To catch up: \d+ of Pre-arrival, \d+ of Arrest"))
    page.get_by_role("button", name="UNDO").click()
    expect(page.locator("[data-notice]")).to_have_text(re.compile("^Phase is .+ again$"))


def test_a_handover_reads_out_the_record_and_names_what_nobody_recorded(devices: Devices, server: Server) -> None:
    tablet = devices.new()
    sign_in(tablet, server)
    code = start_code(tablet)
    milestone(tablet.page, "CPR").first.click()
    tablet.page.locator("[data-more]").click()
    tablet.page.get_by_role("button", name="Hand over").click()
    lines = tablet.page.locator(".handover > div")
    expect(lines.nth(1)).to_have_text(re.compile(r"^CPRCPR started \d\d:\d\d$"))
    expect(lines.nth(2)).to_have_text("Rhythmnot recorded")
    tablet.page.get_by_role("button", name="Handover done").click()
    expect(tablet.page.locator(".sheet .sheet-meta")).to_have_text(re.compile(r"^Handover done \d\d:\d\d$"))
    expect(tablet.page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    assert "handover_done" in server.reading(code)["milestones"]  # type: ignore[operator]  # JSON of our own


def test_one_device_sounds_and_the_others_say_whose_sound_it_is(devices: Devices, server: Server) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    one.page.locator("[data-more]").click()
    one.page.get_by_role("button", name="Sound here").click()
    board = one.page.locator("#board")
    # The press that takes the sound lets the browser sound at once.
    expect(board).to_have_attribute("data-sound", "here")
    expect(two.page.locator(".status-sound")).to_have_text(re.compile("^Sound: .+"))
    milestone(one.page, "CPR").first.click()
    two.page.get_by_role("button", name="PAUSE CPR").click()
    expect(board).to_have_attribute("data-sounded", "pause")
    expect(two.page.locator("#board")).not_to_have_attribute("data-sounded", re.compile(".*"))
    # After the page is loaded anew a browser sounds nothing before a finger was on it, and the board says so.
    one.page.reload()
    expect(one.page.locator(".status-sound")).to_have_text("Touch for sound")
    hero(one.page).click()
    expect(one.page.locator(".status-sound")).to_have_text("Sound")
    two.page.locator("[data-more]").click()
    two.page.get_by_role("button", name=re.compile("^Sound here, not on")).click()
    expect(board).not_to_have_attribute("data-sound", re.compile(".*"))
    expect(two.page.locator("#board")).to_have_attribute("data-sound", "here")


def test_a_question_comes_to_those_it_is_for_and_one_answer_closes_it_for_all(devices: Devices, server: Server) -> None:
    tablet, phone = devices.new(TABLET), devices.new(PHONE)
    sign_in(tablet, server)
    code = start_code(tablet)
    join(phone, server, code, role="Decision")
    shock = tablet.page.locator("[data-timer='shock'] .tile")
    for _ in range(2):
        shock.click(delay=200)  # two presses, not one that bounced
    asked = phone.page.locator("#prompt")
    expect(asked.get_by_role("alert")).to_have_text("Second shock given: alert the ECPR team?")
    expect(tablet.page.locator("#prompt")).to_be_hidden()
    # The server puts the question on record by itself. It stands in the whole feed; the short one is for what happened.
    tablet.page.locator("[data-more]").click()
    tablet.page.get_by_role("button", name="Whole feed").click()
    expect(tablet.page.locator(".feed-all")).to_contain_text("Asked: Second shock given")
    expect(tablet.page.locator("#feed")).not_to_contain_text("Asked")
    tablet.page.keyboard.press("Escape")
    shock.click(delay=200)
    expect(asked.get_by_role("alert")).to_have_text("10 min of CPR or 3 shocks: consider ECPR?")
    asked.get_by_role("button", name="Not yet").click()
    expect(asked).to_be_hidden()
    expect(tablet.page.locator("#feed")).to_contain_text("Not yet: 10 min of CPR or 3 shocks")
    prompts = {each["key"]: each for each in server.reading(code)["prompts"]}
    assert [(prompts[key]["state"], prompts[key]["answer"]) for key in ("alert_after_shocks", "consider_ecpr")] == [
        ("overtaken", None),
        ("answered", "not_yet"),
    ]


def test_criteria_are_answered_by_anyone_and_the_decision_keeps_its_reasons_and_the_earlier_ones(
    devices: Devices, server: Server
) -> None:
    one, two = devices.new(), devices.new(PHONE)
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    one.page.locator("[data-more]").click()
    one.page.get_by_role("button", name="Criteria").click()
    two.page.locator("[data-tab='more']").click()
    two.page.get_by_role("button", name="Criteria").click()
    one.page.get_by_role("group", name="First compressions within 5 min").get_by_role(
        "button", name="No", exact=True
    ).click()
    two.page.get_by_role("group", name="Signs of life during CPR").get_by_role("button", name="Yes").click()
    one.page.get_by_role("group", name="Lactate above 20").get_by_role("button", name="Not known").click()
    words = (
        "HARD STOP: First compressions within 5 min of the arrest · Override: Signs of life during CPR · "
        "1 not known · 10 open"
    )
    for device in (one, two):
        expect(device.page.locator(".criteria-summary")).to_have_text(words)
    one.page.get_by_role("button", name="waiting for gas").click()
    one.page.get_by_role("group", name="ECPR decision").get_by_role("button", name="WAIT").click()
    two.page.get_by_role("group", name="Reasons").get_by_role("button", name="Signs of life during CPR").click()
    two.page.get_by_role("group", name="ECPR decision").get_by_role("button", name="YES").click()
    for device in (one, two):
        expect(device.page.locator("#panel .sheet-history li")).to_have_count(2)
        expect(device.page.locator("#panel .sheet-history li").first).to_contain_text("YES by Recorder")
        expect(device.page.locator("#panel .sheet-history li").last).to_contain_text(": waiting for gas")
    reading = server.reading(code)
    assert [(each["value"], each["reason"]) for each in reading["decisions"]] == [
        ("wait", "waiting for gas"),
        ("go", "Signs of life during CPR"),
    ]
    assert (reading["criteria"]["hard"], reading["criteria"]["overrides"]) == (["no_flow"], ["signs_of_life"])


def test_a_lead_changes_the_protocol_and_sees_it_before_new_codes_begin_under_it(
    devices: Devices, server: Server
) -> None:
    device = devices.new({"width": 1500, "height": 1000})
    page = device.page
    sign_in(device, server)
    page.goto("/protocols/")
    page.locator("tr").filter(has_text="ihca-1").get_by_role("button", name="Change").click()
    tablet = page.frame_locator(".preview--tablet iframe")
    expect(tablet.locator("[data-title]")).to_have_text("TO FLOW TARGET 40:00")
    page.get_by_role("link", name="Milestones").click()
    called = page.get_by_role("group", name="ECPR team activated")
    called.get_by_label("On the button").fill("Extracorporeal call")
    page.keyboard.press("Tab")
    expect(page.locator("[data-faults]")).to_contain_text("the short label has more than 18 characters")
    called.get_by_label("On the button").fill("Team called")
    page.keyboard.press("Tab")
    expect(page.locator("[data-faults]")).to_be_hidden()
    expect(tablet.locator("#others")).to_contain_text("Team called")
    expect(page.frame_locator(".preview--phone iframe").locator("#others")).to_contain_text("Team called")
    expect(page.frame_locator(".preview--wall iframe").locator("[data-hero]")).to_have_text(re.compile(r"\d\d:\d\d"))
    # What is pressed in a preview stays there.
    tablet.locator("[data-timer='shock'] .tile").click()
    expect(tablet.locator("#feed .feed-line").first).to_contain_text("Shock")
    page.reload()
    expect(page.locator(".differences")).to_contain_text("short: “ECPR called” → “Team called”.")
    page.get_by_label("Why").fill("our word")
    page.get_by_role("button", name="Publish for new codes").click()
    page.wait_for_url("**/protocols/ihca-2/")
    page.goto("/?protocol=ihca")
    page.get_by_role("button", name=re.compile("start a drill", re.I)).click()
    live(page)
    expect(page.locator("#others")).to_contain_text("Team called")
    assert server.reading(code_of(page))["code"]["protocol"] == "ihca-2"
    page.goto("/protocols/")
    page.locator("tr").filter(has_text="ihca-2").get_by_role("button", name="Retire").click()
    expect(page.locator("tr").filter(has_text="ihca-1")).to_contain_text("on offer")


def test_a_lead_adopts_a_published_set_breaks_the_path_and_is_told_where_before_publishing(
    devices: Devices, server: Server
) -> None:
    device = devices.new({"width": 1500, "height": 1000})
    page = device.page
    sign_in(device, server)
    page.goto("/protocols/")
    page.locator("tr").filter(has_text="ihca-1").get_by_role("button", name="Change").click()
    said, faults, differences = (page.locator(f"[data-{name}]") for name in ("saved", "faults", "differences"))
    page.get_by_role("link", name="Criteria", exact=True).click()
    # Chosen and adopted at once: the choice is saved first, and the two do not cross.
    page.get_by_label("Adopt a published set instead").select_option("eroca")
    page.get_by_role("button", name="Adopt").click()
    expect(page.locator("[data-adopted]")).to_have_text("EROCA")
    page.get_by_role("group").first.get_by_label("Line").fill("As we see it")
    page.keyboard.press("Tab")
    expect(page.locator("[data-adopted]")).to_have_text("EROCA, adapted")
    expect(differences).to_contain_text("“EROCA, adapted” instead of “ELSO example list, 2021”: As we see it;")
    page.get_by_role("link", name="Targets", exact=True).click()
    limit = page.get_by_role("group", name="Arrest to flow").get_by_label("Limit, min")
    limit.fill("45")
    page.keyboard.press("Tab")
    expect(said).to_contain_text("Saved as a draft that cannot be published: The path has to end at the target")
    expect(faults).to_contain_text("FLOW, is due at minute 40, and Arrest to flow has 45 min.")
    expect(page.frame_locator(".preview--tablet iframe").locator("[data-title]")).to_have_text("TO FLOW TARGET 45:00")
    limit.fill("soon")
    page.get_by_role("button", name="Publish for new codes").click()
    expect(page.locator("[data-unpublished]")).to_be_visible()
    expect(limit).to_have_attribute("aria-invalid", "true")
    expect(said).to_have_text("Not saved. Arrest to flow, Limit, min: has to be a whole number, not “soon”.")
    limit.fill("45")
    page.get_by_role("button", name="Publish for new codes").click()
    expect(page.get_by_role("alert").first).to_contain_text("Not published. The path has to end at the target")
    # A step is taken out, put back before the last one, and moved.
    steps = page.locator("legend")
    expect(steps).to_have_count(10)
    page.get_by_role("button", name="Take Return cannula in out").click()
    expect(steps).to_have_count(9)
    page.get_by_label("Add", exact=True).select_option("art_cannula_in")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(steps.nth(8)).to_have_text("Return cannula in")
    page.get_by_role("button", name="Move Return cannula in up").click()
    expect(steps.nth(7)).to_have_text("Return cannula in")
    for step in ("ECMO flow started", "Target flow reached"):
        page.get_by_role("group", name=step).get_by_label("Due, min").fill("45")
    page.get_by_role("button", name="Publish for new codes").click()
    page.wait_for_url(re.compile(r"/protocols/ihca-\d+/$"))
    key = page.url.rstrip("/").rsplit("/", 1)[-1]
    expect(page.locator("main")).to_contain_text("Criteria: EROCA, adapted")
    page.goto("/protocols/")
    page.locator("tr").filter(has_text=key).get_by_role("button", name="Retire").click()
    expect(page.locator("tr").filter(has_text="ihca-1")).to_contain_text("on offer")
    # The browser notes what the server refused: the number that is none, and the publishing.
    assert all("422" in fault for fault in device.violations)
    device.violations.clear()


def test_a_role_is_held_without_a_device_and_a_broken_order_is_told_to_those_it_concerns(
    devices: Devices, server: Server
) -> None:
    lead, pump = devices.new(), devices.new(PHONE)
    sign_in(lead, server)
    code = start_code(lead)
    join(pump, server, code, role="perfusionist")
    page = lead.page
    page.locator("[data-rest]").click()
    here = page.locator(".team-part[data-team='cannulation'] .team-here")
    expect(here).to_have_text("1/6 here")
    operator = page.locator(".team-role").filter(has_text="Cannulator 1")
    operator.click()
    expect(page.locator(".role-line").first).to_have_text("Nobody holds this role.")
    page.get_by_role("button", name="Here, no device").click()
    expect(page.locator(".role-line").first).to_have_text("Held by somebody without a device.")
    page.get_by_role("button", name="Large").click()
    height = page.locator(".item[data-current] .item-text").evaluate(
        "(text) => parseFloat(getComputedStyle(text).fontSize)"
    )
    assert height == 56
    page.get_by_role("button", name="Team", exact=True).click()
    expect(here).to_have_text("2/6 here")
    # The specialist says flow before the lines are joined: told there and to the leader, blocked nowhere.
    page.locator(".team-role").filter(has_text="Leader").click()
    page.get_by_role("button", name="Take this role").click()
    pump.page.locator("[data-tab='role']").click()
    pump.page.get_by_role("button", name="Flow on").click()
    expect(page.locator("#feed .feed-line").first).to_contain_text("Flow on")
    page.get_by_role("button", name="Team", exact=True).click()
    operator.click()
    page.get_by_role("button", name="Lines joined").click()
    words = re.compile("flow.* is before .*joined", re.I)
    expect(page.locator(".break")).to_have_text(words)
    expect(page.locator("[data-notice]")).to_have_text(words)
    expect(pump.page.locator(".break")).to_have_text(words)
    assert [spell["device"] for spell in _role(server, code, "cannulator_1")["tenure"]] == [None]


def test_an_activation_is_cancelled_with_its_reason_in_one_tap_and_the_reason_can_be_changed(
    devices: Devices, server: Server
) -> None:
    lead, other = devices.new(), devices.new()
    sign_in(lead, server)
    code = start_code(lead)
    join(other, server, code)
    page = lead.page
    page.locator("[data-rest]").click()
    page.locator(".team-role").filter(has_text="Decision").click()
    reasons = page.get_by_role("group", name="ECPR cancelled because")
    expect(reasons).to_be_hidden()
    page.get_by_role("button", name="ECPR called").last.click()
    expect(reasons).to_be_visible()
    reasons.get_by_role("button", name="Sustained ROSC").click()
    newest = page.locator("#feed .feed-line").first
    expect(newest).to_contain_text("ECPR cancelled: sustained ROSC")
    expect(reasons).to_be_hidden()
    newest.click()
    page.get_by_role("group", name="Value").get_by_role("button", name="Non-cardiac").click()
    for device in (lead, other):
        expect(device.page.locator("#feed")).to_contain_text("ECPR cancelled: non-cardiac")
    told = server.reading(code)["records"]
    assert [each["payload"] for each in told if each["kind"] == "ecpr_cancelled"] == [{"value": "non-cardiac"}]


def _role(server: Server, code: str, key: str) -> dict[str, Any]:
    return next(role for role in server.reading(code)["roles"] if role["key"] == key)


def test_a_kind_from_a_newer_device_is_stored_shown_on_every_screen_and_exported(
    devices: Devices, server: Server
) -> None:
    newer, older = devices.new(), devices.new()
    sign_in(newer, server)
    code = start_code(newer)
    join(older, server, code)
    device = server.reading(code)["records"][0]["by"]["device"]
    # The page of a newer version writes by the same door as this one.
    answer = newer.page.evaluate(
        """async ([code, device]) => {
          const record = { v: 1, id: crypto.randomUUID(), code, kind: "lung_ultrasound", at: Date.now(),
            precision: "second", certainty: "observed", earliest: null, latest: null, source: "tap", null_reason: null,
            payload: { value: "B lines", zones: 4 }, target: null, device, n: 900, role: null, seen: 0, when: null };
          const body = JSON.stringify({ records: [record] });
          const headers = { "content-type": "application/json" };
          const answer = await fetch(`/api/codes/${code}/records`, { method: "POST", headers, body });
          return (await answer.json()).results[0].status;
        }""",
        [code, device],
    )
    assert answer == "recorded"
    for each in (newer, older):
        line = each.page.locator("#feed .feed-line").filter(has_text="Lung ultrasound")
        expect(line.locator(".feed-what")).to_have_text("Lung ultrasound B lines")
    record = next(r for r in server.reading(code)["records"] if r["kind"] == "lung_ultrasound")
    assert (record["label"], record["payload"]) == ("Lung ultrasound", {"value": "B lines", "zones": 4})
    newer.page.goto(f"/codes/{code}/debrief/")
    expect(newer.page.get_by_role("row").filter(has_text="Lung ultrasound")).to_contain_text("B lines, zones 4")
    csv_file = newer.page.request.get(f"/codes/{code}/records.csv").text()
    assert ",lung_ultrasound,Lung ultrasound," in csv_file
    pdf = newer.page.request.get(f"/codes/{code}/debrief.pdf").body()
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "Lung ultrasound: B lines, zones 4" in " ".join(words.split())


def test_undo_strikes_the_line_everywhere_and_the_original_stays_readable(devices: Devices, server: Server) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    milestone(one.page, "CPR").first.click()
    expect(one.page.locator("[data-undo-words]")).to_contain_text("CPR")
    one.page.locator("[data-undo-button]").click()
    struck = two.page.locator("#feed .feed-line[data-status='voided']")
    expect(struck).to_have_count(1)
    expect(struck.locator(".feed-state")).to_contain_text("undone by")
    record = next(r for r in server.reading(code)["records"] if r["kind"] == "cpr_start")
    assert record["voided"] is not None
    assert record["at"] is not None


def test_a_logged_event_ticks_its_checklist_item_on_every_device(devices: Devices, server: Server) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code, role="Perfusion|ECMO specialist")
    milestone(one.page, "primed").first.click()
    state = {line["id"]: line for line in _wait_done(server, code)["checklists"]["perfusionist"]}
    assert (state["PERF-03"]["state"], state["PERF-03"]["how"]) == ("done", "event")
    chip = two.page.locator("#roles button").filter(has_text="Perfusionist")
    expect(chip).to_contain_text("1/14")


def _wait_done(server: Server, code: str) -> dict:
    reading: dict = {}
    for _ in range(20):
        reading = server.reading(code)
        if reading["milestones"].get("circuit_primed"):
            break
    return reading


def test_a_code_ends_with_an_outcome_on_every_device_and_can_be_resumed(devices: Devices, server: Server) -> None:
    one, two = devices.new(), devices.new()
    sign_in(one, server)
    code = start_code(one)
    join(two, server, code)
    one.page.locator("[data-more]").click()
    one.page.get_by_role("button", name="End code").click()
    one.page.get_by_role("button", name=re.compile("^ROSC")).click()
    expect(two.page.locator("[data-ended-words]")).to_contain_text("Code ended")
    stopped = hero(two.page).inner_text()
    expect(hero(two.page)).to_have_text(stopped)
    two.page.locator("[data-resume]").click()
    expect(one.page.locator("[data-ended]")).to_be_hidden()
    kinds = [r["kind"] for r in server.reading(code)["records"]]
    assert (kinds.count("code_closed"), kinds.count("code_reopened")) == (1, 1)


def test_a_drill_says_so_in_every_corner_and_a_real_code_does_not(devices: Devices, server: Server) -> None:
    device = devices.new()
    sign_in(device, server)
    start_code(device, drill=True)
    expect(device.page.locator(".frame-word")).to_have_count(4)
    expect(device.page.locator("#board")).to_have_attribute("data-mode", "drill")
    start_code(device)
    expect(device.page.locator(".frame-word")).to_have_count(0)


def test_the_wall_shows_the_same_clock_and_has_no_controls_and_no_names(devices: Devices, server: Server) -> None:
    one, wall = devices.new(), devices.new({"width": 1920, "height": 1080})
    sign_in(one, server)
    code = start_code(one)
    _, token = invitation(server, code, scope="wall")
    wall.page.goto(f"/join#{token}")
    wall.page.wait_for_url("**/wall/")
    expect(wall.page.locator("main").locator("button, a, input, select")).to_have_count(0)
    expect(hero(wall.page)).to_have_text(re.compile(r"\d\d:\d\d"))
    # Nothing loud stands over the path while somebody compresses.
    expect(wall.page.locator(".loud")).to_be_hidden()
    assert abs(seconds_shown(one.page) - seconds_shown(wall.page)) <= 1
    assert "lena" not in wall.page.locator("main").inner_text().lower()
    height = wall.page.evaluate("parseFloat(getComputedStyle(document.querySelector('[data-hero]')).fontSize)")
    assert height >= 380, "the digits are legible at three metres"


def test_a_code_is_run_by_keyboard_alone(devices: Devices, server: Server) -> None:
    device = devices.new()
    sign_in(device, server)
    device.page.goto("/")
    device.page.get_by_role("button", name=re.compile("^start code", re.I)).first.focus()
    device.page.keyboard.press("Enter")
    device.page.wait_for_url(re.compile(r"/codes/[0-9a-f-]{36}/$"))
    live(device.page)
    device.page.locator("[data-next-button]").focus()
    device.page.keyboard.press("Enter")
    expect(device.page.locator("#feed .feed-line").first).to_have_attribute("data-status", "kept")
    device.page.locator("#feed .feed-line").first.focus()
    device.page.keyboard.press("Enter")
    device.page.get_by_role("button", name="−1 min").focus()
    device.page.keyboard.press("Space")
    expect(device.page.locator(".sheet-effect")).to_contain_text("Saved")
    device.page.get_by_role("button", name="Undo this entry").focus()
    device.page.keyboard.press("Enter")
    expect(device.page.locator("#feed .feed-line[data-status='voided']")).to_have_count(1)
    # Struck on this tablet at once; live again when nothing waits to be shared.
    live(device.page)
    code = code_of(device.page)
    assert server.reading(code)["counts"]["voided"] == 1
