/**
 * A variable that a step updates in its own memory. TensorFlow's fused optimizers write to resources, so the variable has one that shares
 * its values. TensorFlow copies values before it changes them while anything else holds them: tensors taken from the variable keep theirs,
 * and the variable itself releases its own during the call.
 */
import type { Variable } from '../../../stdlib/engine.ts'
import { attr, attrTypes } from './attributes.ts'
import type { Backend } from './backend.ts'
import { dtypes } from './metadata.ts'

const float = attr.type('dtype', dtypes.FLOAT)
/** TensorFlow's marker for a new name at each call. A name of our own would make another operation, and TensorFlow keeps those forever. */
const anonymous = attr.string('shared_name', 'cd2c89b7-88b7-44c8-ad83-06c2a9158347')

export class InPlace {
  readonly variable: Variable
  /** The binding's id of the resource. */
  readonly resource: number
  readonly #backend: Backend
  /** The tensor that shares the resource's values; undefined before the first call. */
  #shared: number | undefined

  constructor(backend: Backend, variable: Variable) {
    this.variable = variable
    this.#backend = backend
    const shape = { name: 'shape', type: attrTypes.SHAPE, value: variable.shape }
    this.resource = backend.binding.executeEager('VarHandleOp', [float, shape, anonymous], [], 1)[0]!.id
  }

  /** Before a call: gives the resource the variable's values, if possible as the only owner. */
  lend(): void {
    const { binding, tensorMap } = this.#backend
    const id = this.#backend.idOf(this.variable)
    if (id !== this.#shared) binding.executeEager('AssignVariableOp', [float], [this.resource, id], 0)
    this.#shared = id
    if (tensorMap.get(this.variable.dataId).refCount === 1) binding.letGo(id)
  }

  /** After a call that set the variable's new values. */
  returned(): void {
    this.#shared = this.#backend.idOf(this.variable)
  }

  /** After a failed call: restores the variable from the resource. */
  takeBack(): void {
    this.#backend.update(this.variable, this.#backend.binding.executeEager('ReadVariableOp', [float], [this.resource], 1)[0]!)
    this.returned()
  }

  dispose(): void {
    const { binding } = this.#backend
    binding.executeEager('DestroyResourceOp', [attr.bool('ignore_lookup_error', true)], [this.resource], 0)
    binding.deleteTensor(this.resource)
  }
}
