"""What the publicity team says and decides of a job is kept, with who and when."""

from __future__ import annotations

from tests.contract.helpers import submit


def test_comments_come_in_the_order_of_their_time_codes_with_those_on_the_whole_first(ledger):
    job, other = submit(ledger), submit(ledger)
    for moment, text in ((9_000, "阀门没关"), (None, "片头太长"), (1_200, "没戴安全帽")):
        ledger.reviews.comment(job.id, "owner", "李编辑", moment, text)
    ledger.reviews.comment(other.id, "owner", "李编辑", 0, "另一条")

    said = [(comment.milliseconds, comment.text) for comment in ledger.reviews.comments(job.id)]

    assert said == [(None, "片头太长"), (1_200, "没戴安全帽"), (9_000, "阀门没关")]


def test_a_comment_is_withdrawn_by_its_owner_alone(ledger):
    job = submit(ledger)
    comment = ledger.reviews.comment(job.id, "li", "李编辑", None, "试一下")

    assert ledger.reviews.withdraw(comment.id, job.id, "wang") is False
    assert ledger.reviews.withdraw(comment.id, "another job", "li") is False
    assert ledger.reviews.withdraw(comment.id, job.id, "li") is True
    assert ledger.reviews.comments(job.id) == []


def test_jobs_are_found_by_what_was_decided_on_them(ledger):
    chosen, refused, untouched, again = (submit(ledger) for _ in range(4))
    for job, state in ((chosen, "chosen"), (refused, "refused"), (again, "chosen"), (again, "open")):
        ledger.reviews.decide(job.id, state, "li", "李编辑")

    def found(review: str) -> set[str]:
        return {job.id for job in ledger.find(review=review)}

    assert found("chosen") == {chosen.id}
    assert found("refused") == {refused.id}
    assert found("open") == {untouched.id, again.id}
    assert {job: review.state for job, review in ledger.reviews.of([chosen.id, untouched.id]).items()} == {
        chosen.id: "chosen"
    }
