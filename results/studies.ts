/** The studies of the page, in its order: what each paper says, which arms say so, and what is measured. */
import { type Claim, type Margins, ordered, usualMargins } from './claims.ts'

/** What is fixed of a study before it runs. */
export interface StudyPage {
  /** Without `.pipeline.ts`. */
  readonly file: string
  readonly title: string
  /** The paper's claim, or the question. */
  readonly question: string
  /** Where the paper says so: section, figure or table, in its words or ours. */
  readonly source: string
  readonly metrics: readonly string[]
  readonly claims: readonly Claim[]
  /** n, the seeds of every arm. */
  readonly seeds: number
  /** Without them *not worse* and *no difference* are not decided. */
  readonly margins?: Margins
  /** Which choices of its recipe were made with results in view: of those it confirms an implementation, and no claim of a paper. */
  readonly inView?: string
  /** Whether the test set is so small that intervals over its examples are shown too. */
  readonly fewTestExamples?: true
  /** How often, and why, seeds were added after results were seen, here or in the reference. */
  readonly seedsAdded?: string
}

const accuracy = 'test/accuracy'
const loss = 'test/loss'
const calibrated = 'test/calibrated-loss'
const earlyStop = 'earlyStop/step'

const fromThree =
  'From three to five, in all studies of three but that of lottery tickets, before they were run with their present recipes; what three gave with earlier recipes was known.'

const above = (...arms: readonly string[]): readonly Claim[] => ordered('better', accuracy, ...arms)
const alike = (of: string, than: string, metric = accuracy): Claim => ({ of, than, expect: 'no difference', metric })

export const studies: readonly StudyPage[] = [
  {
    file: 'hybrid',
    title: 'The hybrid: prune, rewind, distil',
    question: 'A pruned network that is rewound and taught does better than one that is fine-tuned, or rewound and trained on labels.',
    source: "The owner's question; no paper has it.",
    seeds: 5,
    margins: usualMargins,
    inView: 'the recipe, by orderings that held with it in another framework',
    fewTestExamples: true,
    metrics: [accuracy, loss, 'sparsity'],
    claims: [
      ...above('hybrid', 'pruneRewind'),
      ...above('hybrid', 'pruneFinetune'),
      { of: 'hybrid', than: 'dense', expect: 'not worse' },
      { of: 'lrRewindingKD', than: 'hybrid', expect: 'not worse' },
      ...above('hybrid', 'reinitKD'),
      { of: 'reinitKD', than: 'pruneReinit', expect: 'better' },
    ],
  },
  {
    file: 'hybrid-fashion',
    title: 'The hybrid on other data',
    question: 'The same recipe on Fashion-MNIST: does teaching help there as well, and does a teacher of the same kind?',
    source: "The owner's question; no paper has it.",
    seeds: 5,
    margins: usualMargins,
    seedsAdded: fromThree,
    metrics: [accuracy, loss, 'sparsity'],
    claims: [
      ...above('hybridConv', 'pruneRewind'),
      ...above('hybridWide', 'pruneRewind'),
      { of: 'hybridWide', than: 'pruneRewind', expect: 'better', metric: loss },
    ],
  },
  {
    file: 'lottery',
    title: 'Lottery tickets (Frankle & Carbin, 2019)',
    question:
      'A sparse network trained from its first weights does better than from other weights, and than with its holes elsewhere; it learns faster.',
    source:
      'Abstract and figures 1, 3 and 4 (LeNet-300-100): winning tickets reach an accuracy at least that of the network within as many iterations, learn faster, and when they are randomly reinitialised no longer match it. That its own weights at fine-tuning do as well is a question of ours.',
    seeds: 3,
    margins: usualMargins,
    fewTestExamples: true,
    metrics: [accuracy, loss, earlyStop, 'sparsity'],
    claims: [
      ...['7', '11'].flatMap((rounds) => above(`${rounds}/ticket`, `${rounds}/reinit`, `${rounds}/randomMask`)),
      ...['7', '11'].map((rounds): Claim => ({ of: `${rounds}/ticket`, than: `${rounds}/reinit`, expect: 'better', metric: earlyStop })),
      ...['7', '11'].map((rounds) => alike(`${rounds}/ticket`, `${rounds}/finetuned`)),
      ...['7', '11'].flatMap((rounds) => above(`${rounds}/ticket`, `${rounds}/finetuned lr×0.1`)),
      alike('3/ticket', '3/reinit'),
      alike('3/ticket', '3/randomMask'),
      ...above('11/ticket', '11/oneShot'),
    ],
  },
  {
    file: 'lottery-demo',
    title: 'Tickets in four rounds',
    question: 'The same in a minute: half of each layer in each of four rounds.',
    source: 'As lottery.',
    seeds: 5,
    margins: usualMargins,
    inView: 'lengths and rates of pruning, so that it ends in a minute',
    fewTestExamples: true,
    metrics: [accuracy, loss, earlyStop, 'sparsity'],
    claims: [...above('ticket', 'reinit', 'randomMask'), { of: 'ticket', than: 'reinit', expect: 'better', metric: earlyStop }],
  },
  {
    file: 'rewinding',
    title: 'Retraining after pruning (Renda, Frankle & Carbin, 2020)',
    question: 'Rewinding the learning rate is as good as rewinding weights; both are better than fine-tuning at a low rate.',
    source:
      'Abstract and the figures on CIFAR-10 and ImageNet: both rewinding techniques outperform fine-tuning; of the two, rewinding the learning rate does as well or better.',
    seeds: 5,
    margins: usualMargins,
    inView: 'the rate, since a constant one of 0.1 hides every effect',
    fewTestExamples: true,
    metrics: [accuracy, loss, 'sparsity'],
    claims: [
      ...above('weightRewinding', 'finetune lr×0.1', 'finetune lr×0.01'),
      ...above('lrRewinding', 'finetune lr×0.1'),
      alike('lrRewinding', 'weightRewinding'),
      ...above('weightRewinding', 'reinit'),
    ],
  },
  {
    file: 'dsd',
    title: 'DSD (Han et al., 2017)',
    question:
      'Pruned and made dense again, a network ends up better than one trained densely for as long. Here only "not worse" is claimed.',
    source:
      'The tables of ImageNet, Flickr-8K and speech: DSD is better than the dense baseline, whose epochs are equal for speech alone. *Not worse* is a question of ours.',
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss],
    claims: ['digits', 'f10k'].flatMap((data) =>
      ['0.3', '0.5'].flatMap((sparsity): readonly Claim[] => [
        { of: `${data}/${sparsity}/dsd`, than: `${data}/${sparsity}/denseContinued`, expect: 'not worse' },
        ...(data === 'f10k'
          ? [{ of: `${data}/${sparsity}/dsd`, than: `${data}/${sparsity}/denseContinued`, expect: 'better', metric: loss } as const]
          : []),
      ]),
    ),
  },
  {
    file: 'dsd-text',
    title: 'DSD of a recurrent network (Han et al., 2017)',
    question: 'An LSTM that loses weights and gets them back predicts a text better than one trained densely for as long.',
    source:
      'The tables of DeepSpeech and DeepSpeech 2, recurrent networks with a dense control of equal epochs, at 25 % and 50 %: DSD has fewer wrong words than that control, and than the first dense phase. Here a small LSTM learns characters, which no table of the paper has; *not worse* is a question of ours.',
    seeds: 5,
    margins: usualMargins,
    metrics: ['test/perplexity', loss, accuracy],
    claims: ['0.25', '0.5'].flatMap((sparsity): readonly Claim[] => [
      { of: `${sparsity}/dsd`, than: `${sparsity}/dense`, expect: 'better', metric: loss },
      { of: `${sparsity}/dsd`, than: `${sparsity}/denseContinued`, expect: 'not worse', metric: loss },
      { of: `${sparsity}/dsd`, than: `${sparsity}/denseContinued`, expect: 'better', metric: loss },
    ]),
  },
  {
    file: 'dpf',
    title: 'DPF (Lin et al., 2020)',
    question:
      'Pruned while trained, with feedback and without retraining, a network is better than one pruned at once and fine-tuned. Its masks settle; those of gradual pruning never return a weight.',
    source:
      'Abstract: retraining is not needed, though it can further improve; figure 4: masks settle. One-shot pruning with fine-tuning, and gradual pruning without return, are controls of ours.',
    seeds: 5,
    margins: usualMargins,
    inView: 'p = 4, since 16 does not transfer to trainings of 3,000 steps',
    seedsAdded: fromThree,
    metrics: [accuracy, loss, 'sparsity', 'flips/first half', 'flips/last quarter'],
    claims: ['0.9', '0.95', '0.98'].flatMap((sparsity): readonly Claim[] => [
      ...above(`${sparsity}/dpf`, `${sparsity}/oneShotFinetune`),
      ...above(`${sparsity}/dpf p=1`, `${sparsity}/oneShotFinetune`),
      ...above(`${sparsity}/dpf p=16`, `${sparsity}/oneShotFinetune`),
      ...above(`${sparsity}/dpf`, `${sparsity}/oneShot`),
      ...above(`${sparsity}/dpf`, `${sparsity}/gradual`),
      ...above(`${sparsity}/dpf`, `${sparsity}/recovering`),
    ]),
  },
  {
    file: 'sparse-training',
    title: 'Sparse training (Evci et al., 2020; Mocanu et al., 2018; Liu et al., 2021)',
    question:
      'Sparse from the first step to the last, a network whose weights grow where the gradient is largest is better than one whose grow anywhere, and than one whose masks stay.',
    source:
      'RigL, experiments with ResNet-50 on ImageNet and WRN-22-2 on CIFAR-10: RigL is better than SET, and SET than static random masks, at equal densities of layers. GraNet, experiments on CIFAR and ImageNet: GraNet is better than RigL.',
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss, 'sparsity', 'flips/first half', 'flips/last quarter'],
    claims: ['0.9', '0.98'].flatMap((sparsity): readonly Claim[] => [
      ...above(`${sparsity}/rigl`, `${sparsity}/set`, `${sparsity}/static`),
      ...above(`${sparsity}/rigl`, `${sparsity}/static`),
      ...above(`${sparsity}/granet`, `${sparsity}/rigl`),
    ]),
  },
  {
    file: 'rethinking-filters',
    title: 'Rethinking, whole filters (Liu et al., 2019)',
    question:
      'The pruned architecture trained from scratch is no worse than fine-tuned; with as much computation as the large one, better.',
    source:
      'Section 4.1, the table of L1-norm filter pruning on CIFAR-10: Scratch-E is on a par with the fine-tuned network or better, Scratch-B better. Fine-tuning at 1e-2 and learning-rate rewinding are controls after Wang et al. (2023).',
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss, 'parameters'],
    claims: [
      ...above('scratchB', 'scratchE', 'finetune lr=0.001'),
      ...above('scratchE', 'finetune lr=0.01'),
      ...above('lrRewinding', 'scratchE'),
    ],
  },
  {
    file: 'batch-norm',
    title: 'A dense network with batch norm, twenty seeds',
    question:
      "Does training with batch norm come to the same accuracy as PyTorch's? An earlier comparison with five seeds was 0.4 to 0.5 below the reference. [agreement.md](agreement.md) compares twenty seeds of each.",
    source: 'A question of ours.',
    seeds: 20,
    metrics: [accuracy, loss],
    claims: [],
  },
  {
    file: 'rethinking-weights',
    title: 'Rethinking, single weights (Liu et al., 2019)',
    question:
      'Single weights are another matter: from scratch a sparse network falls short of a fine-tuned one, if that is done at a good rate.',
    source:
      'Section 4.3, the table of single-weight magnitude pruning: on ImageNet Scratch-B falls short of fine-tuning. Which fine-tuning rate is a question after Wang et al. (2023).',
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss, 'sparsity'],
    claims: ['0.8', '0.95'].flatMap((sparsity): readonly Claim[] => [
      ...above(`${sparsity}/finetune lr=0.01`, `${sparsity}/scratchB`),
      ...above(`${sparsity}/lrRewinding`, `${sparsity}/scratchB`),
      ...above(`${sparsity}/scratchB`, `${sparsity}/scratchE`),
      ...above(`${sparsity}/finetune lr=0.01`, `${sparsity}/finetune lr=0.001`),
    ]),
  },
  {
    file: 'simkd',
    title: 'SimKD (Chen et al., 2022)',
    question:
      "A student that learns its teacher's features and takes over the classifier is better than one taught by predictions. Its control is larger by as much.",
    source:
      'The tables on CIFAR-100: SimKD is better than KD and than the student alone. `projectorCE` above `simkd` is what another framework found at this scale, against the paper.',
    seeds: 5,
    margins: usualMargins,
    inView: "the student's Adam 3e-3, since the loss is small beside cross-entropy",
    seedsAdded: fromThree,
    metrics: [accuracy, loss, 'parameters'],
    claims: [...above('simkd', 'ce'), ...above('simkd', 'kd'), ...above('projectorCE', 'simkd')],
  },
  {
    file: 'latent-be',
    title: 'LatentBE (Nam et al., 2022)',
    question: "One network of an ensemble's size of one: its likelihood lies between plain distillation's and the ensemble's.",
    source:
      "The authors' results on CIFAR-100 (WRN-28-4): the negative log-likelihood of KD, LatentBE, LatentBE with perturbation and the ensemble falls in this order. That accuracy does not differ is a question of ours.",
    seeds: 5,
    margins: usualMargins,
    inView: "the step of the perturbation, 8/255: the paper's 1/255 is too small to see here",
    seedsAdded: fromThree,
    metrics: [accuracy, loss, calibrated, 'test/ece'],
    claims: [
      ...ordered('better', loss, 'ensemble', 'tdivSdiv', 'latentBE', 'kd'),
      alike('tdivSdiv', 'kd'),
      alike('latentBE', 'kd'),
      alike('tdivSdiv', 'kd', calibrated),
      { of: 'tdivSdiv', than: 'gaussian', expect: 'better', metric: loss },
    ],
  },
  {
    file: 'cifar-hybrid',
    title: 'The hybrid on CIFAR-10',
    question: 'Does teaching help a pruned network with batch norm and skip connections, on photographs?',
    source: "The owner's question; no paper has it.",
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss, 'sparsity'],
    claims: [
      ...above('hybrid', 'pruneRewind'),
      ...above('hybrid', 'pruneFinetune'),
      { of: 'hybrid', than: 'dense', expect: 'not worse' },
      { of: 'lrRewindingKD', than: 'hybrid', expect: 'not worse' },
      ...above('hybrid', 'reinitKD'),
    ],
  },
  {
    file: 'cifar-tickets',
    title: 'Tickets on CIFAR-10 (Frankle et al., 2019 and 2020)',
    question:
      'A ticket rewound to early in the training is better than one from the first weights, better than its controls, and stable: no hill between two copies.',
    source:
      'Stabilizing the lottery ticket hypothesis and Linear mode connectivity: subnetworks of ResNet-20 found by IMP match the network when they are rewound to an early step, and not from step 0; they match when they are stable (less than 2 % of error between two copies).',
    seeds: 3,
    margins: usualMargins,
    metrics: [accuracy, loss, 'sparsity'],
    claims: [
      ...above('late/ticket', 'first/ticket'),
      ...above('late/ticket', 'late/reinit', 'late/randomMask'),
      ...above('first/ticket', 'first/reinit', 'first/randomMask'),
      { of: 'late/ticket', than: 'dense', expect: 'not worse' },
      alike('first/ticket', 'first/finetuned'),
      ...above('late/line/0.5', 'first/line/0.5'),
    ],
  },
  {
    file: 'cifar-dsd',
    title: 'DSD on CIFAR-10 (Han et al., 2017)',
    question:
      'Does a network with batch norm and skip connections end up better for having lost weights and got them back, and no worse than one trained densely for as long?',
    source:
      'The tables of ImageNet: ResNet-18 and ResNet-50 after DSD at 30 % are better than the dense baseline, which is trained for fewer epochs. The control of equal epochs is that of the tables of speech; *not worse* is a question of ours.',
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss],
    claims: [
      ...above('dsd', 'dense'),
      { of: 'dsd', than: 'denseContinued', expect: 'not worse' },
      { of: 'dsd', than: 'denseContinued', expect: 'better', metric: loss },
    ],
  },
  {
    file: 'cifar-dpf',
    title: 'DPF on CIFAR-10 (Lin et al., 2020)',
    question: 'With feedback and without retraining, is a network better than one pruned at once and fine-tuned, gradually, or at random?',
    source:
      'Abstract and the tables on CIFAR-10 (ResNet-20 and deeper): better than one-shot and gradual methods without retraining. The controls are ours.',
    seeds: 3,
    margins: usualMargins,
    inView: '70 %, which took the place of 98 %, at which DPF and pruning at once left a layer without weights',
    metrics: [accuracy, loss, 'sparsity', 'flips/first half', 'flips/last quarter'],
    claims: ['0.5', '0.7', '0.8', '0.9', '0.95'].flatMap((sparsity) =>
      ['oneShotFinetune', 'gradual', 'randomMask'].flatMap((than) => above(`${sparsity}/dpf`, `${sparsity}/${than}`)),
    ),
  },
  {
    file: 'cifar-rethinking',
    title: 'Rethinking, whole filters on CIFAR-10 (Liu et al., 2019)',
    question:
      'The pruned architecture trained from scratch is no worse than fine-tuned; with as much computation as the large one, better.',
    source:
      'Section 4.1, the table of L1-norm filter pruning on CIFAR-10: Scratch-E is on a par with the fine-tuned network or better, Scratch-B better.',
    seeds: 5,
    margins: usualMargins,
    metrics: [accuracy, loss, 'parameters'],
    claims: ['resnet8', 'inARow'].flatMap((network): readonly Claim[] => [
      ...above(`${network}/scratchB`, `${network}/finetune lr=0.001`),
      { of: `${network}/scratchE`, than: `${network}/finetune lr=0.001`, expect: 'not worse' },
      ...above(`${network}/scratchB`, `${network}/scratchE`),
      ...above(`${network}/lrRewinding`, `${network}/scratchE`),
    ]),
  },
  {
    file: 'cifar-simkd',
    title: 'SimKD and its family on CIFAR-10 (Chen et al., 2022)',
    question:
      "A student that takes over its teacher's classifier is better than one taught by predictions or features. Its control is larger by as much.",
    source:
      'The tables on CIFAR-100: SimKD is better than KD, FitNet, AT, SP, CRD and SRRL and than the student alone, and CRD and SRRL are better than KD, with each of three students. RKD, DKD and DIST are in no table with it. `projectorCE` is a control of ours.',
    seeds: 3,
    margins: usualMargins,
    metrics: [accuracy, loss, 'parameters'],
    claims: [
      ...above('simkd', 'ce'),
      ...above('simkd', 'kd'),
      ...above('simkd', 'fitnet'),
      ...above('simkd', 'at'),
      ...above('simkd', 'sp'),
      ...above('simkd', 'crd'),
      ...above('simkd', 'srrl'),
      ...above('simkd', 'projectorCE'),
      ...above('kd', 'ce'),
      ...above('crd', 'kd'),
      ...above('srrl', 'kd'),
    ],
  },
  {
    file: 'cifar-latent-be',
    title: 'LatentBE on CIFAR-10 (Nam et al., 2022)',
    question:
      "One network of an ensemble's size of one, with batch norm and skip connections: does its likelihood lie between plain distillation's and the ensemble's?",
    source:
      "The authors' results on CIFAR-100 (WRN-28-4): the negative log-likelihood of KD, LatentBE, LatentBE with perturbation and the ensemble falls in this order. The Gaussian perturbation is their control.",
    seeds: 3,
    margins: usualMargins,
    metrics: [accuracy, loss, calibrated, 'test/ece'],
    claims: [
      ...ordered('better', loss, 'ensemble', 'tdivSdiv', 'latentBE', 'kd'),
      ...above('ensemble', 'tdivSdiv'),
      { of: 'tdivSdiv', than: 'kd', expect: 'not worse' },
      { of: 'tdivSdiv', than: 'gaussian', expect: 'better', metric: loss },
    ],
  },
]
