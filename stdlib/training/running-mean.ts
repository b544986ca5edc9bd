/** The mean of the weights that a training keeps beside them. */

/**
 * (1 − d)/(1 − dᵗ): with it the mean after t steps is Σᵢ dᵗ⁻ⁱ·wᵢ / Σᵢ dᵗ⁻ⁱ, of weights after steps alone, as Adam corrects its moments
 * (Kingma & Ba, 2015, section 3). The first weights are not in it.
 */
export const meanRate = (decay: number, t: number): number => (1 - decay) / (1 - decay ** t)
