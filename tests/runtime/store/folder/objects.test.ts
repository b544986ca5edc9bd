import { execFileSync, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { StoreProblem } from '../../../../runtime/problem.ts'
import { digestOf } from '../../../../runtime/store/address.ts'
import { readArtifact, writeArtifact } from '../../../../runtime/store/artifact.ts'
import { sweepTemporary } from '../../../../runtime/store/durable-file.ts'
import { layoutOf, objectPath } from '../../../../runtime/store/folder/layout.ts'
import { FolderObjects } from '../../../../runtime/store/folder/objects.ts'
import type { Network } from '../../../../stdlib/network.ts'
import { smallNetwork, temporaryFolder } from '../temporary-store.ts'

async function objectsIn(folder: string) {
  const layout = layoutOf(folder)
  return { layout, objects: new FolderObjects(layout), fileOf: (digest: string) => objectPath(layout, digest.slice(7)) }
}
const problemOf = (work: Promise<unknown>): Promise<StoreProblem> =>
  work.then(
    () => expect.fail('no error'),
    (problem) => problem,
  )

describe('objects', () => {
  test('are found by the hash of their content', async () => {
    const { objects, fileOf } = await objectsIn(await temporaryFolder())
    const digest = await objects.put(Buffer.from('hello'))
    expect(digest).toBe('sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824')
    expect((await objects.get(digest)).toString()).toBe('hello')
    expect(fileOf(digest)).toMatch(/objects\/2c\/f24dba/)
  })

  test('are not written again', async () => {
    const { objects, fileOf } = await objectsIn(await temporaryFolder())
    const digest = await objects.put(Buffer.from('hello'))
    await utimes(fileOf(digest), 1000, 1000)
    const { ino } = await stat(fileOf(digest))
    await objects.put(Buffer.from('hello'))
    const after = await stat(fileOf(digest))
    expect(after.ino).toBe(ino)
    // But are fresh for gc.
    expect(Date.now() - after.mtimeMs).toBeLessThan(60_000)
  })

  test.each(['flipped', 'truncated'])('a %s one is moved to quarantine, reported, and can be put again', async (how) => {
    const { objects, layout, fileOf } = await objectsIn(await temporaryFolder())
    const digest = await objects.put(Buffer.from('hello'))
    if (how === 'flipped') await writeFile(fileOf(digest), 'hellp')
    else await truncate(fileOf(digest), 3)
    const problem = await problemOf(objects.get(digest))
    expect(problem).toMatchObject({ _tag: 'StoreProblem', kind: 'corrupt' })
    expect(problem.message).toContain(digest)
    expect(await readdir(layout.quarantine)).toEqual([digest.slice(7)])
    expect(await problemOf(objects.get(digest))).toMatchObject({ kind: 'missing' })
    await objects.put(Buffer.from('hello'))
    expect((await objects.get(digest)).toString()).toBe('hello')
  })

  test('putting over a damaged one repairs it', async () => {
    const { objects, fileOf } = await objectsIn(await temporaryFolder())
    const digest = await objects.put(Buffer.from('hello'))
    await writeFile(fileOf(digest), 'hellp')
    await objects.put(Buffer.from('hello'))
    expect((await objects.get(digest)).toString()).toBe('hello')
  })

  test.each(['../../etc/passwd', `sha256:../../../${'a'.repeat(55)}`, 'sha256:abc', ''])(
    'the address %j leads nowhere',
    async (address) => {
      const { objects } = await objectsIn(await temporaryFolder())
      expect(await problemOf(objects.get(address))).toMatchObject({ kind: 'malformed' })
      expect(() => objects.info(address)).toThrow(/not the address of an object/)
    },
  )

  test('a folder that cannot be written is an error with its name', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'objects'), 'a file where a folder should be')
    const { objects, layout } = await objectsIn(folder)
    const problem = await problemOf(objects.put(Buffer.from('x')))
    expect(problem).toMatchObject({ kind: 'io' })
    expect(problem.message).toContain(layout.objects)
    expect(await readdir(layout.tmp)).toEqual([])
  })

  test('SIGKILL in the middle of many writes leaves no partial object', async () => {
    const folder = await temporaryFolder()
    const { layout, objects } = await objectsIn(folder)
    const source = join(import.meta.dirname, '../../../../runtime/store/folder')
    const program = `
      import { layoutOf } from '${source}/layout.ts'
      import { FolderObjects } from '${source}/objects.ts'
      import { randomBytes } from 'node:crypto'
      const objects = new FolderObjects(layoutOf(${JSON.stringify(folder)}))
      process.stdout.write('ready')
      for (;;) await Promise.all(Array.from({ length: 8 }, () => objects.put(randomBytes(200_000))))
    `
    for (let attempt = 0; attempt < 4; attempt++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
      await new Promise((resolve) => child.stdout.once('data', resolve))
      await sleep(40 + 37 * attempt)
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('exit', resolve))
    }
    let found = 0
    for (const start of await readdir(layout.objects)) {
      for (const rest of await readdir(join(layout.objects, start))) {
        const content = await readFile(join(layout.objects, start, rest))
        expect(digestOf(content)).toBe(`sha256:${start}${rest}`)
        expect((await objects.get(`sha256:${start}${rest}`)).length).toBe(200_000)
        found++
      }
    }
    expect(found).toBeGreaterThan(4)
    await sweepTemporary(layout.tmp)
    await sweepTemporary(layout.tmp, -1000)
    expect(await readdir(layout.tmp)).toEqual([])
  })

  test('a full disk is told with the bytes missing and nothing stays behind', async (context) => {
    const folder = await temporaryFolder()
    const disk = join(folder, 'disk')
    await mkdir(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'pipe' })
    } catch (cause) {
      context.skip(`no small disk can be mounted here: ${cause instanceof Error ? cause.message : cause}`)
    }
    onTestFinished(() => void execFileSync('umount', [disk]))
    const { objects, layout } = await objectsIn(disk)
    const small = await objects.put(Buffer.from('small'))
    const problem = await problemOf(objects.put(Buffer.alloc(1_000_000, 1)))
    expect(problem).toMatchObject({ _tag: 'StoreProblem', kind: 'disk-full' })
    const facts = Object.fromEntries(problem.facts)
    expect(Number(facts['bytes needed'])).toBe(1_000_000)
    expect(Number(facts['bytes missing'])).toBeGreaterThan(700_000)
    expect(Number(facts['bytes missing'])).toBe(1_000_000 - Number(facts['bytes free']))
    expect(await readdir(layout.tmp)).toEqual([])
    expect((await objects.get(small)).toString()).toBe('small')
  })
})

describe('artifacts', () => {
  test.each([false, true])('a network reads back as it was (masked: %s)', async (masked) => {
    const { objects } = await objectsIn(await temporaryFolder())
    const network = smallNetwork(3, masked)
    expect(await readArtifact(objects, await writeArtifact(objects, network))).toEqual(network)
  })

  test('equal networks are one artifact; any bit of weights, masks or topology makes another', async () => {
    const { objects } = await objectsIn(await temporaryFolder())
    const base = await writeArtifact(objects, smallNetwork(1, true))
    expect(await writeArtifact(objects, smallNetwork(1, true))).toBe(base)
    const addresses = [base]
    for (let bit = 0; bit < 32; bit++) {
      const network = smallNetwork(1, true)
      new Uint32Array(network.weights.get('fc1/kernel')!.buffer)[7]! ^= 1 << bit
      addresses.push(await writeArtifact(objects, network))
    }
    const otherMask = smallNetwork(1, true)
    otherMask.masks.get('fc1/kernel')![14]! ^= 1
    addresses.push(await writeArtifact(objects, otherMask))
    const network = smallNetwork(1, true)
    const variants: Network['topology'][] = [
      { ...network.topology, outputLayer: 'other' },
      { ...network.topology, model: { name: 'small', options: { width: 6 } } },
      { ...network.topology, parameters: network.topology.parameters.map((each) => ({ ...each, layer: 'fc9' })) },
    ]
    for (const topology of variants) addresses.push(await writeArtifact(objects, { ...network, topology }))
    expect(new Set(addresses).size).toBe(addresses.length)
  })

  test('the address of a known network never changes', async () => {
    const { objects } = await objectsIn(await temporaryFolder())
    const network = smallNetwork(0, true)
    network.weights.get('fc1/kernel')!.set(Array.from({ length: 15 }, (_, i) => i / 8))
    expect(await writeArtifact(objects, network)).toMatchInlineSnapshot(
      `"sha256:1f4f6554d681e0d142fec1ce8cf0a25614547803da8cc71fe53d72099d09e789"`,
    )
  })

  test('weights that do not fit the topology are refused on reading', async () => {
    const { objects } = await objectsIn(await temporaryFolder())
    const parts = JSON.parse((await objects.get(await writeArtifact(objects, smallNetwork()))).toString())
    const topology = JSON.parse((await objects.get(parts.topology)).toString())
    topology.parameters[0].shape = [5, 3]
    const other = await objects.put(Buffer.from(JSON.stringify(topology)))
    const artifact = await objects.put(Buffer.from(JSON.stringify({ ...parts, topology: other })))
    expect(await problemOf(readArtifact(objects, artifact))).toMatchObject({ kind: 'malformed' })
  })

  test.each(['not JSON', '{}', '{"format":"espalier/model/1","topology":"../../x","weights":"sha256:","masks":null}'])(
    'an object that is no artifact (%s) is refused',
    async (text) => {
      const { objects } = await objectsIn(await temporaryFolder())
      expect(await problemOf(readArtifact(objects, await objects.put(Buffer.from(text))))).toMatchObject({ kind: 'malformed' })
    },
  )
})
