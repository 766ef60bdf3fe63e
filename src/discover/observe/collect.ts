/**
 * V8 lets a heap grow to several times of what is in use before it looks for garbage. Where tens of thousands of objects are given up at
 * once, looking right then keeps a long reading within its memory: a flood of forged addresses took 870 MB, and half of it with this.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

const find = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  return typeof found === 'function' ? () => void Reflect.apply(found, undefined, []) : () => {}
}

/** Looks for garbage now: some 100 ms. */
export const collectGarbage = (): void => (collect ??= find())()
