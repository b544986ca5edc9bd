import { beforeAll, describe, expect, test } from 'vitest'
import { changing, type Edit, keeping, project } from './edits.ts'
import { hashOf, load } from './project.ts'

async function after(edit: Edit): Promise<string> {
  const files: { [path: string]: string } = { ...project }
  edit(files)
  expect(files).not.toEqual(project)
  return hashOf(await load(files))
}

let original: string
beforeAll(async () => {
  original = hashOf(await load(project))
})

describe('edits that keep the meaning keep the fingerprint', () => {
  test.each(Object.entries(keeping))('%s', async (_, edit) => {
    expect(await after(edit)).toBe(original)
  })
})

describe('edits that change the meaning change the fingerprint, each to its own', () => {
  const seen = new Map<string, string>()
  test.each(Object.entries(changing))('%s', async (name, edit) => {
    const hash = await after(edit)
    expect(hash).not.toBe(original)
    expect(seen.get(hash)).toBeUndefined()
    seen.set(hash, name)
  })
})
