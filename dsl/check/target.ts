/** Marks the values that can be run. The same in every copy of the library. */
export const target: unique symbol = Symbol.for('espalier.target')
