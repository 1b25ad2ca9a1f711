"""Who the config knows by an address: worked out once for a config, and never taken over into a changed copy."""

from __future__ import annotations

from tests.cast import ANN, BO, config


def test_a_csr_is_found_by_every_spelling_of_every_address() -> None:
    ann = ANN.model_copy(update={"aliases": ("jane@other.example",)})
    desk = config().model_copy(update={"csr": (ann, BO)})
    assert desk.csr_at(ann.email.upper()) == desk.csr_at("Jane@Other.example") == ann
    assert desk.csr_at("nobody@other.example") is None


def test_of_two_csrs_with_one_address_the_first_counts() -> None:
    double = BO.model_copy(update={"aliases": (ANN.email,)})
    assert config().model_copy(update={"csr": (double, ANN)}).csr_at(ANN.email) == double
    assert config().model_copy(update={"csr": (ANN, double)}).csr_at(ANN.email) == ANN


def test_a_changed_copy_knows_its_own_csrs_alone() -> None:
    before = config()
    assert before.csr_at(BO.email) == BO and BO.key in before.our_keys
    after = before.model_copy(update={"csr": (ANN,)})
    assert after.csr_at(BO.email) is None and BO.key not in after.our_keys
    assert before.csr_at(BO.email) == BO
