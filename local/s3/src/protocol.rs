//! The operations that are served, as `s3s` calls them. Every other is answered with `NotImplemented`.

use s3s::{S3Request, S3Response, S3Result, dto::*};

use crate::ops::{Caller, ObjectStore};

/// What `s3s` calls.
pub(crate) struct Protocol(ObjectStore);

impl Protocol {
    pub(crate) fn new(objects: ObjectStore) -> Self {
        Self(objects)
    }
}

/// Each operation is the method of the same name of [`ObjectStore`].
macro_rules! served {
    ($($operation:ident: $input:ident -> $output:ident,)+) => {
        #[async_trait::async_trait]
        impl s3s::S3 for Protocol {
            $(async fn $operation(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                let (input, caller) = Caller::split(request);
                Ok(S3Response::new(self.0.$operation(&caller, input).await?))
            })+
        }
    };
}

served! {
    create_bucket: CreateBucketInput -> CreateBucketOutput,
    delete_bucket: DeleteBucketInput -> DeleteBucketOutput,
    head_bucket: HeadBucketInput -> HeadBucketOutput,
    list_buckets: ListBucketsInput -> ListBucketsOutput,
    get_bucket_location: GetBucketLocationInput -> GetBucketLocationOutput,
    get_bucket_versioning: GetBucketVersioningInput -> GetBucketVersioningOutput,
    put_bucket_versioning: PutBucketVersioningInput -> PutBucketVersioningOutput,
    put_object: PutObjectInput -> PutObjectOutput,
    get_object: GetObjectInput -> GetObjectOutput,
    head_object: HeadObjectInput -> HeadObjectOutput,
    copy_object: CopyObjectInput -> CopyObjectOutput,
    delete_object: DeleteObjectInput -> DeleteObjectOutput,
    delete_objects: DeleteObjectsInput -> DeleteObjectsOutput,
    get_object_tagging: GetObjectTaggingInput -> GetObjectTaggingOutput,
    put_object_tagging: PutObjectTaggingInput -> PutObjectTaggingOutput,
    delete_object_tagging: DeleteObjectTaggingInput -> DeleteObjectTaggingOutput,
    list_objects: ListObjectsInput -> ListObjectsOutput,
    list_objects_v2: ListObjectsV2Input -> ListObjectsV2Output,
    list_object_versions: ListObjectVersionsInput -> ListObjectVersionsOutput,
    create_multipart_upload: CreateMultipartUploadInput -> CreateMultipartUploadOutput,
    upload_part: UploadPartInput -> UploadPartOutput,
    upload_part_copy: UploadPartCopyInput -> UploadPartCopyOutput,
    complete_multipart_upload: CompleteMultipartUploadInput -> CompleteMultipartUploadOutput,
    abort_multipart_upload: AbortMultipartUploadInput -> AbortMultipartUploadOutput,
    list_parts: ListPartsInput -> ListPartsOutput,
    list_multipart_uploads: ListMultipartUploadsInput -> ListMultipartUploadsOutput,
}
