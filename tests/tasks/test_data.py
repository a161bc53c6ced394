"""What a trial sees of the user's data."""

from collections import Counter, namedtuple
from itertools import chain

import pytest
import torch
from _tasks import cross_entropy, digits, digits_task, mlp, run
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset, WeightedRandomSampler

from surefoot.tasks._batch import digest, examples_in, moved

from ._by_hand import Seen, by_hand

PLACES = torch.arange(50)


def numbered():
    """50 examples, each with its number."""
    images, classes = digits()[0][:50]
    return TensorDataset(images, classes, PLACES)


def numbers(batches):
    return [batch[2].tolist() for batch in batches]


def flat(batches):
    return list(chain.from_iterable(batches))


def seen_of(updates, **settings):
    loss = Seen(cross_entropy)
    run(digits_task(**{"train": numbered(), "valid": numbered(), "loss": loss, **settings}), lr=0.01, updates=updates)
    return loss


def test_a_dataset_is_shuffled_anew_in_each_epoch_and_its_incomplete_batch_left_out():
    batches = numbers(seen_of(9, batch_size=16).batches)
    assert [len(batch) for batch in batches] == [16] * 9
    epochs = [flat(batches[start : start + 3]) for start in (0, 3, 6)]
    assert all(len(set(epoch)) == 48 for epoch in epochs)
    assert epochs[0] != sorted(epochs[0])
    assert epochs[0] != epochs[1] != epochs[2]


def test_every_example_has_its_turn_in_the_end():
    seen = Counter(flat(numbers(seen_of(80, batch_size=16).batches)))
    assert set(seen) == set(range(50))
    assert min(seen.values()) > 0.8 * max(seen.values())


def test_a_dataset_smaller_than_a_batch_is_one_batch():
    assert [sorted(batch) for batch in numbers(seen_of(2, batch_size=64).batches)] == [list(range(50))] * 2


def test_a_shuffled_loader_is_shuffled_anew_in_each_epoch_and_keeps_its_own_last_batch():
    loader = DataLoader(numbered(), batch_size=16, shuffle=True)
    batches = numbers(seen_of(8, train=loader, batch_size=None, valid=[digits()[1].tensors]).batches)
    assert [len(batch) for batch in batches] == [16, 16, 16, 2] * 2
    epochs = [flat(batches[start : start + 4]) for start in (0, 4)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(50))] * 2
    assert epochs[0] != epochs[1]


def test_a_loader_in_order_keeps_its_order():
    loader = DataLoader(numbered(), batch_size=16)
    batches = numbers(seen_of(8, train=loader, batch_size=None, valid=[digits()[1].tensors]).batches)
    assert batches == [batch[2].tolist() for batch in loader] * 2


def test_a_loaders_drop_last_is_kept():
    loader = DataLoader(numbered(), batch_size=16, drop_last=True)
    batches = numbers(seen_of(6, train=loader, batch_size=None, valid=[digits()[1].tensors]).batches)
    assert batches == [batch[2].tolist() for batch in loader] * 2


def test_training_on_a_loader_in_order_equals_the_loop_written_by_hand():
    loader = DataLoader(digits()[0], batch_size=30)
    task = digits_task(train=loader, valid=loader, batch_size=None, horizon="2 epochs", schedule="constant()")
    assert task.horizon == 34
    _, host = run(task, lr=0.05)

    def optimizer(model, lr):
        return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)

    losses, _ = by_hand(mlp, optimizer, [*loader, *loader], cross_entropy, lr=0.05)
    assert host.losses == losses


def test_a_list_of_batches_is_gone_through_again_and_again():
    batches = [tuple(part[start : start + 10] for part in numbered().tensors) for start in (0, 10, 20)]
    seen = seen_of(7, train=batches, batch_size=None, valid=batches)
    assert numbers(seen.batches) == [batches[index % 3][2].tolist() for index in range(7)]
    assert numbers(seen.assessed) == [batch[2].tolist() for batch in batches]


def test_a_sampler_that_weighs_is_kept():
    weights = torch.where(PLACES < 10, 1.0, 0.0)
    loader = DataLoader(numbered(), batch_size=16, sampler=WeightedRandomSampler(weights, 64))
    batches = numbers(seen_of(12, train=loader, batch_size=None, valid=[digits()[1].tensors]).batches)
    assert set(flat(batches)) == set(range(10))
    assert batches[:4] != batches[4:8]


def test_a_stream_of_examples_is_started_again_when_it_ends():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter([numbered()[index] for index in range(20)])

    loader = DataLoader(Stream(), batch_size=8)
    batches = numbers(seen_of(6, train=loader, batch_size=None, valid=[digits()[1].tensors]).batches)
    assert batches == [[*range(8)], [*range(8, 16)], [*range(16, 20)]] * 2


def test_the_collate_function_of_a_loader_and_of_a_dataset_are_used():
    def collate(examples):
        images, classes, places = zip(*examples)
        return torch.stack(images) + 1, torch.tensor(classes), torch.stack(places) + 1000

    loader = DataLoader(numbered(), batch_size=16, collate_fn=collate)
    of_loader = seen_of(3, train=loader, batch_size=None, valid=[digits()[1].tensors])
    of_dataset = seen_of(3, batch_size=16, collate=collate)
    for seen in (of_loader, of_dataset):
        assert min(flat(numbers(seen.batches))) >= 1000


def test_any_object_with_a_length_and_items_is_a_dataset():
    class Plain:
        def __len__(self):
            return 50

        def __getitem__(self, index):
            return numbered()[index]

    assert numbers(seen_of(3, train=Plain(), batch_size=16).batches) == numbers(seen_of(3, batch_size=16).batches)


def test_a_dataset_that_reads_many_examples_at_once_is_asked_to():
    asked = []

    class Together(TensorDataset):
        def __getitems__(self, indices):
            asked.append(list(indices))
            return [self[index] for index in indices]

    together = seen_of(3, train=Together(*numbered().tensors), batch_size=16)
    assert asked == numbers(together.batches)


def test_epochs_are_turned_into_updates_once():
    assert digits_task(horizon="10 epochs").horizon == 250  # 500 examples, 20 in a batch
    assert digits_task(horizon="10 epochs", accumulate=5).horizon == 50
    assert digits_task(horizon="0.5 epochs").horizon == 12
    assert digits_task(horizon="77 updates").horizon == 77
    loader = DataLoader(digits()[0], batch_size=64)
    assert digits_task(train=loader, valid=loader, batch_size=None, horizon="1 epoch").horizon == 8


@pytest.mark.parametrize(("valid_batches", "taken"), [("auto", 3), (2, 2), ("all", 10)])
def test_an_assessment_takes_as_many_validation_batches_as_it_is_told(valid_batches, taken):
    task = digits_task(valid_batches=valid_batches)
    assert task.preflight(0, assess_cap=3).assess_batches == taken


def test_assessments_use_the_same_part_of_the_validation_data_spread_over_all_of_it():
    loss = Seen(cross_entropy)
    task = digits_task(train=numbered(), valid=numbered(), loss=loss, batch_size=5)
    task.preflight(0, assess_cap=4)
    before, loss.assessed = numbers(loss.assessed), []
    task.preflight(9, assess_cap=4)
    assert numbers(loss.assessed) == before
    chosen = flat(before)
    assert len(set(chosen)) == 20
    assert min(chosen) < 10
    assert max(chosen) >= 40


def test_validation_data_from_a_loader_is_assessed_in_the_same_way():
    loader = DataLoader(digits()[1], batch_size=30)
    from_loader, _ = run(digits_task(valid=loader), lr=0.05)
    from_dataset, _ = run(digits_task(), lr=0.05)
    assert from_loader.score == pytest.approx(from_dataset.score, rel=1e-6)
    assert from_loader.cost.forwards == 7


Pair = namedtuple("Pair", ["inputs", "targets"])


class Graph:
    """A batch of a class of its own, as graph libraries have."""

    def __init__(self, nodes):
        self.nodes = nodes

    def to(self, device):
        return Graph(self.nodes.to(device))


def test_a_batch_of_any_nesting_is_moved_to_the_device():
    batch = {"pair": Pair(torch.ones(2), [torch.ones(3), None]), "graph": Graph(torch.ones(4)), "ids": ("a", 1, 2.0)}
    there = moved(batch, torch.device("meta"))
    assert there["pair"].inputs.is_meta
    assert isinstance(there["pair"], Pair)
    assert there["pair"].targets[0].is_meta
    assert there["pair"].targets[1] is None
    assert there["graph"].nodes.is_meta
    assert there["ids"] == ("a", 1, 2.0)
    assert batch["pair"].inputs.device.type == "cpu"


def test_a_batch_stays_as_it_is_on_a_cpu():
    batch = {"anything": object()}
    assert moved(batch, torch.device("cpu")) is batch


def test_batches_of_a_class_of_ones_own_are_trained_on():
    train = [Graph(digits()[0].tensors[0][start : start + 20]) for start in range(0, 400, 20)]

    def loss(model, batch):
        return ((model(batch.nodes) - batch.nodes) ** 2).mean()

    stage, host = run(
        digits_task(model=lambda: nn.Linear(64, 64), train=train, valid=train, loss=loss, batch_size=None), lr=0.1
    )
    assert stage.ok
    assert host.losses[-1] < host.losses[0]


def test_the_examples_in_a_batch_are_counted_by_its_first_tensor():
    assert examples_in({"a": [torch.tensor(1.0), torch.ones(5, 2)]}) == 5
    assert examples_in("text") == 1
    assert examples_in(Graph(torch.ones(4))) == 4


def test_the_hash_of_a_batch_tells_values_shapes_and_types_apart():
    one = {"a": torch.tensor([1.0, 2.0])}
    others = [
        {"a": torch.tensor([1.0, 2.5])},
        {"a": torch.tensor([[1.0, 2.0]])},
        {"a": torch.tensor([1.0, 2.0]).half()},
    ]
    assert digest(one) == digest({"a": torch.tensor([1.0, 2.0])})
    assert len({digest(batch) for batch in [one, *others]}) == 4
    assert digest([torch.tensor([1.0], dtype=torch.bfloat16)]) != digest([torch.tensor([2.0], dtype=torch.bfloat16)])
    assert digest("text") == digest("text")
