/** The moving average of the weights in a training. */

/**
 * (1 − d)/(1 − dᵗ): with this rate the average after t steps is Σᵢ dᵗ⁻ⁱ·wᵢ / Σᵢ dᵗ⁻ⁱ, over the weights after each step, like Adam's bias
 * correction (Kingma & Ba, 2015, section 3). The initial weights are not included.
 */
export const meanRate = (decay: number, t: number): number => (1 - decay) / (1 - decay ** t)
