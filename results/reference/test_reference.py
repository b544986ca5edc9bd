"""What the reference must get right, by hand: `python -m unittest discover results/reference`."""

import unittest

import torch
from torch import nn

from data import Data, Split, digits, f10k
from distill import kd
from latent_be import (
    BatchEnsemble,
    gaussian,
    latent_kd,
    moved,
    scale_factors,
    tdiv_sdiv,
)
from networks import BnConv, Conv2, LeNet300, kernels
from prune import all_of, globally, half_the_filters, he_for_masks, layerwise, ranked, shuffled
from simkd import Projected, features_of
from train import BATCH, Batch, Feedback, Gradual, Recipe, cosine, cross_entropy, cubic, step, train


def small(seed: int = 0, rows: int = 2 * BATCH) -> Data:
    generator = torch.Generator().manual_seed(seed)
    split = Split(torch.randn(rows, 1, 28, 28, generator=generator), torch.randint(10, (rows,), generator=generator))
    return Data(split, split, split, mean=0.3, std=0.35)


def sizes(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


class TheReference(unittest.TestCase):
    def test_data_are_split_as_the_recipes_say(self) -> None:
        self.assertEqual([len(one.labels) for one in (digits().train, digits().validation, digits().test)], [7996, 997, 997])
        self.assertEqual([len(one.labels) for one in (f10k().train, f10k().validation, f10k().test)], [10_000, 5_000, 10_000])
        for data in (digits(), f10k()):
            self.assertAlmostEqual(data.train.images.mean().item(), 0, places=4)
            self.assertAlmostEqual(data.train.images.std().item(), 1, places=3)

    def test_networks_have_the_parameters_of_the_papers(self) -> None:
        self.assertEqual([sizes(LeNet300(0)), sizes(Conv2(0)), sizes(BnConv([8, 16, 16], 0))], [266_610, 206_922, 3_778])
        self.assertEqual(sizes(Projected(BnConv([8, 16, 16], 0), 64, 0)), 16_290)

    def test_exactly_as_many_weights_go_as_asked_the_first_of_equal_ones(self) -> None:
        self.assertEqual(ranked(torch.tensor([2.0, 1, 1, 1, 0]), 3).tolist(), [1, 0, 0, 1, 0])
        net = LeNet300(0)
        weights = kernels(net)
        masks = globally(weights, 0.9)
        self.assertEqual(sum(int(mask.sum()) for mask in masks.values()), 26_620)
        once = layerwise(weights, dict.fromkeys(weights, 0.5), all_of(net))
        twice = layerwise(weights, dict.fromkeys(weights, 0.5), once)
        for name in weights:
            self.assertEqual(int(twice[name].sum()), weights[name].numel() // 4)
            self.assertTrue(bool((twice[name] <= once[name]).all()))
            self.assertEqual(int(shuffled(twice, 1)[name].sum()), int(twice[name].sum()))

    def test_schedules(self) -> None:
        self.assertEqual([step(at) for at in (0, 0.49, 0.5, 0.75)], [1, 1, 0.1, 0.01])
        self.assertAlmostEqual(cosine(0.5), 0.5)
        self.assertAlmostEqual(cubic(0.8, 0.375), 0.7)
        self.assertEqual(cubic(0.9, 0.9), 0.9)

    def test_masked_weights_stay_zero_under_momentum_and_adam(self) -> None:
        net = LeNet300(0)
        masks = globally(kernels(net), 0.5)
        for recipe in (Recipe(0.01, 2, weight_decay=1e-2, nesterov=True), Recipe(1e-3, 2, adam=True)):
            train(net, small(), recipe, 0, pruning=masks)
            for name, kernel in kernels(net).items():
                self.assertEqual(kernel[masks[name] == 0].abs().max().item(), 0)
                self.assertTrue(bool((kernel[masks[name] == 1] != 0).all()))

    def test_with_feedback_the_gradient_at_the_masked_weights_moves_dense_ones(self) -> None:
        net, pruning, data = LeNet300(0), Feedback(0.9, 1), small(rows=BATCH)
        before = {name: kernel.detach().clone() for name, kernel in kernels(net).items()}
        pruning.before(net, 9, 10)
        cross_entropy(net, Batch(data.train.images, data.train.labels, torch.arange(BATCH))).backward()
        self.assertEqual(sum(int((kernel != 0).sum()) for kernel in kernels(net).values()), 26_620)
        pruning.between(net)
        for name, kernel in kernels(net).items():
            self.assertTrue(torch.equal(kernel, before[name]))
            # Pixels that are there for a unit that is on move its weight, masked or not.
            self.assertGreater(int((kernel.grad[pruning.masks[name] == 0] != 0).sum()), 0)

    def test_gradual_pruning_returns_nothing_and_both_end_at_the_sparsity(self) -> None:
        for pruning in (Gradual(0.9, 1), Feedback(0.9, 1)):
            net = train(LeNet300(0), small(), Recipe(0.01, 4), 0, pruning=pruning)
            self.assertEqual(sum(int((kernel != 0).sum()) for kernel in kernels(net).values()), 26_620)
        pruning, net = Gradual(0.9, 1), LeNet300(0)
        pruning.before(net, 1, 4)
        early = pruning.masks
        for kernel in kernels(net).values():
            kernel.data.normal_()
        pruning.before(net, 3, 4)
        self.assertTrue(all(bool((pruning.masks[name] <= mask).all()) for name, mask in early.items()))

    def test_half_the_filters_are_those_with_the_larger_norm_and_compute_what_the_masked_network_does(self) -> None:
        net = train(BnConv([4, 6], 0), small(), Recipe(0.05, 1), 0)
        tiny = half_the_filters(net)
        images = torch.randn(5, 1, 28, 28)
        with torch.no_grad():
            for place in (0, 3):
                conv, norm = net.features[place], net.features[place + 1]
                norms = conv.weight.abs().sum(dim=(1, 2, 3))
                gone = norms <= norms.sort().values[len(norms) // 2 - 1]
                for part in (conv.weight, norm.weight, norm.bias):
                    part[gone] = 0
        net.eval(), tiny.eval()
        self.assertTrue(torch.allclose(net(images), tiny(images), atol=1e-5))

    def test_he_for_masks_is_as_wide_as_the_fan_that_is_left(self) -> None:
        net = LeNet300(0)
        masks = globally(kernels(net), 0.9)
        he_for_masks(net, masks, 1)
        for name, kernel in kernels(net).items():
            left = masks[name].sum() / len(kernel)
            self.assertAlmostEqual((kernel.std() * (left / 2).sqrt()).item(), 1, delta=0.1)

    def test_kd_by_hand_and_of_an_ensemble_the_mean_of_its_predictions(self) -> None:
        data = small(rows=BATCH)
        teachers, student = [LeNet300(1), LeNet300(2)], LeNet300(0)
        batch = Batch(data.train.images[:2], data.train.labels[:2], torch.arange(2))
        with torch.no_grad():
            soft = sum((teacher(batch.images) / 3).softmax(1) for teacher in teachers) / 2
            logits = student(batch.images)
            divergence = (soft * (soft.log() - (logits / 3).softmax(1).log())).sum() / 2
            hard = -logits.softmax(1)[torch.arange(2), batch.labels].log().mean()
            found = kd(teachers, data.train, temperature=3.0, ce=0.3, kl=0.7)(student, batch)
        self.assertAlmostEqual(found.item(), (0.3 * hard + 0.7 * 9 * divergence).item(), places=5)

    def test_simkd_learns_maps_and_leaves_the_classifier(self) -> None:
        teacher = BnConv([4, 8], 1)
        net = Projected(BnConv([2, 4], 0), 8, 0, teacher.out)
        before = teacher.features[1].running_mean.clone()
        train(net, small(), Recipe(1e-2, 1, adam=True), 0, loss=features_of(teacher, small().train))
        self.assertTrue(torch.equal(net.out.weight, teacher.out.weight))
        self.assertTrue(torch.equal(teacher.features[1].running_mean, before))
        self.assertGreaterEqual(net.maps(small().train.images).min().item(), 0)

    def test_a_batch_ensemble_starts_as_one_network_and_its_members_part(self) -> None:
        teachers = [LeNet300(seed) for seed in (1, 2)]
        many, data = BatchEnsemble(LeNet300(0), 2), small()
        images = data.train.images
        self.assertTrue(torch.allclose(many(images)[1], LeNet300(0)(images), atol=1e-6))
        perturb = tdiv_sdiv(teachers, 0.3, 0.35, 8 / 255, 0)
        train(
            many,
            data,
            Recipe(0.01, 1),
            0,
            loss=latent_kd(teachers, 4.0, perturb),
            groups_of=lambda net: net.groups(5e-4),
            after_gradient=scale_factors(5e-4),
        )
        self.assertGreater((many.r[0][0] - many.r[0][1]).abs().max().item(), 0)
        merged, layer = many.merged(), many.layers[0]
        by_hand = layer.weight[3, 5] * many.r[0].mean(0)[0, 5] * many.s[0].mean(0)[0, 3]
        self.assertAlmostEqual(merged[1].weight[3, 5].item(), by_hand.item(), places=6)
        self.assertAlmostEqual(merged[1].bias[3].item(), (layer.bias[3] * many.s[0].mean(0)[0, 3]).item(), places=6)

    def test_steps_in_pixel_space_are_as_long_as_asked_and_raise_the_teachers_difference(self) -> None:
        images = torch.zeros(2, 1, 28, 28)
        there = moved(images, torch.ones_like(images), 0.3, 0.35, 1 / 255)
        self.assertAlmostEqual((there - images).mul(0.35).flatten(1).norm(dim=1)[0].item(), 28 / 255, places=5)
        self.assertTrue(bool((moved(images, torch.ones_like(images), 0.3, 0.35, 10.0) * 0.35 + 0.3 <= 1 + 1e-6).all()))
        same = moved(images, torch.zeros_like(images), 0.3, 0.35, 1 / 255)
        self.assertTrue(torch.allclose(same, images, atol=1e-6))
        self.assertNotEqual(gaussian(0.3, 0.35, 1 / 255, 0)(BatchEnsemble(LeNet300(0), 2), images).std().item(), 0)


if __name__ == "__main__":
    unittest.main()
