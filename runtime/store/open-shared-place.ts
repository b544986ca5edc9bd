/** Opens a place that machines share: a folder that all of them see, or S3. */
import { folderPlace } from './folder/shared-place.ts'
import { isS3, type SharedPlace } from './shared-place.ts'

/** @param home folder of this machine's own @throws StoreProblem */
export async function sharedPlace(place: string, home: string): Promise<SharedPlace> {
  return isS3(place) ? (await import('./s3/shared-place.ts')).s3Place(place, home) : folderPlace(place)
}
