/** Selects the skin that renders a command's output, and loads it on demand. */
import { standardOutput } from '../format/output.ts'
import type { Skin } from '../views/skin.ts'
import { type ViewName, type Views, view } from '../views/view.ts'

/** Each skin except the terminal, by its flag. */
export const skins = {
  json: {
    says: 'JSON instead of text',
    load: async (): Promise<Skin> => (await import('../json/skin.ts')).jsonSkin(standardOutput),
  },
}

export type SkinName = keyof typeof skins
export const skinNames = Object.keys(skins) as SkinName[]

/** Values of these flags. */
export type Asked = { readonly [name in SkinName]?: boolean }

/** Undefined for the terminal. */
export const skinAsked = (asked: Asked): SkinName | undefined => skinNames.find((name) => asked[name])

export async function skinFor(asked: Asked): Promise<Skin> {
  const name = skinAsked(asked)
  if (name !== undefined) return skins[name].load()
  const { terminalSkin } = await import('../terminal/skin.ts')
  return terminalSkin(standardOutput, { live: standardOutput.isLive })
}

/** Prints one view. */
export async function show<N extends ViewName>(asked: Asked, name: N, content: Views[N]): Promise<void> {
  standardOutput.print((await skinFor(asked)).document(view(name, content)))
}

/** A command that only shows one view. @param load returns the function that makes the view */
export const showing =
  <N extends ViewName, G>(name: N, load: () => Promise<(given: G) => Promise<Views[N]>>) =>
  async () =>
  async (given: G & Asked): Promise<void> =>
    show(given, name, await (await load())(given))
