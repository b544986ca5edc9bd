/**
 * All pictures of the documentation, each made as a reader would: `npm run pictures [-- SET…]`. They are written to docs/figures; review
 * them before committing.
 */
import { figures } from './figures.ts'
import { pagePictures } from './page.ts'
import { tutorial } from './tutorial.ts'
import { walk } from './walk.ts'

const sets = { walk, figures, page: pagePictures, tutorial }
const isSet = (name: string): name is keyof typeof sets => name in sets

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !isSet(name))
if (unknown.length > 0)
  throw new Error(`There is no set of pictures called ${unknown.join(', ')}; there are ${Object.keys(sets).join(', ')}.`)
for (const name of asked.length === 0 ? Object.keys(sets).filter(isSet) : asked.filter(isSet)) {
  console.log(`${name} …`)
  await sets[name]()
}
