/** Which run is looked at, in place of how things are now. */
import { linkTo } from '../address.ts'

export const AsOf = ({ run }: { readonly run: string | undefined }) =>
  run === undefined ? null : (
    <span class="quiet">
      {' '}
      as <a href={linkTo('run', run)}>run {run}</a> left it
    </span>
  )
