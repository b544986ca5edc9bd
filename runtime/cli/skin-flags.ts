/** The flags that ask for a skin other than the terminal. What draws is in `skins.ts`, loaded when there is something to draw. */
import { switchFlag } from './flags.ts'

const says = { json: 'for programs: JSON instead of text' } as const

export type SkinName = keyof typeof says
export const skinNames = Object.keys(says) as SkinName[]

export const skinFlags = Object.fromEntries(skinNames.map((name) => [name, switchFlag(name, says[name])])) as {
  readonly [name in SkinName]: ReturnType<typeof switchFlag>
}

/** What the flags give. */
export type Asked = { readonly [name in SkinName]?: boolean }
