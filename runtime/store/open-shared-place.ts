/** Opens shared storage: a folder that all machines mount, or S3. */
import { folderPlace } from './folder/shared-place.ts'
import { isS3, type SharedPlace } from './shared-place.ts'

/** @param home this machine's own folder @throws StoreProblem */
export async function sharedPlace(place: string, home: string): Promise<SharedPlace> {
  return isS3(place) ? (await import('./s3/shared-place.ts')).s3Place(place, home) : folderPlace(place)
}
