/** Replaces a kernel of tfjs-node. */
import type { Tensor } from '../../../stdlib/engine.ts'
import { tf } from './backend.ts'

export type Inputs = { readonly [name: string]: Tensor }
export type Attrs = { readonly [name: string]: unknown }

/** `original` runs the kernel that is replaced. */
export function replace(name: string, run: (inputs: Inputs, attrs: Attrs, original: () => Tensor) => Tensor): void {
  const kernel = tf.getKernel(name, 'tensorflow')
  tf.unregisterKernel(name, 'tensorflow')
  tf.registerKernel({
    ...kernel,
    // tfjs types a kernel's inputs and results as bare descriptions; this backend's are tensors.
    kernelFunc: (given) => run(given.inputs as unknown as Inputs, given.attrs as Attrs, () => kernel.kernelFunc(given) as Tensor),
  })
}
