"""History that is read in: kept, without any effect on anybody."""

from __future__ import annotations

import pytest

from mailticket.domain.intents import AppendAutomatic, Inquire
from mailticket.domain.mail import Bounce, InboundMail, Mark
from mailticket.domain.people import BlacklistEntry
from tests import cast
from tests.builders import CASE_ID, case, known, letter_id, mail, marked, our_letter
from tests.cast import ANN, CARLA, MALLORY, ROBOT
from tests.triage.asking import ask

ON_CASE = {"subject": f"Re: [#{CASE_ID}] A question"}


HISTORIC: dict[str, InboundMail] = {
    "a customer": mail(CARLA, **ON_CASE),
    "a CSR's answer": mail(ANN.address, in_reply_to=(letter_id(ANN),)),
    "a CSR's command": mail(ANN.address, "#close", in_reply_to=(letter_id(ANN),)),
    "an unproven CSR": mail(ANN.address, **ON_CASE),
    "an out-of-office": mail(ANN.address, in_reply_to=(letter_id(ANN),), markers=marked(Mark.OUT_OF_OFFICE)),
    "a blacklisted customer": mail(MALLORY),
    "a bounce": mail(ROBOT, bounce=Bounce((), our_letter(CARLA).message_id), markers=marked(Mark.BOUNCE)),
    "a robot": mail(ROBOT, markers=marked(Mark.AUTO_REPLY)),
    "a CSR without a case": mail(ANN.address, "#nonsense", in_reply_to=(letter_id(ANN, ""),)),
}


@pytest.mark.parametrize("one", HISTORIC.values(), ids=HISTORIC.keys())
@pytest.mark.parametrize("trust", ["verified", "address"])
def test_history_is_kept_and_has_no_effect_whoever_wrote_it(one: InboundMail, trust: str) -> None:
    listed = (BlacklistEntry(MALLORY.address, "", "ann"),)
    facts = known(case(), mails=[our_letter(CARLA), our_letter(ANN)], blacklist=listed)
    [intent] = ask(one, facts, cast.service(trust=trust), is_silent=True).intents
    assert isinstance(intent, AppendAutomatic) or (isinstance(intent, Inquire) and intent.is_silent)
