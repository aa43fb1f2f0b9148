"""NIfTI volumes in HU, as research users have them, in the same orientation as DICOM ones.

NIfTI-1.1 (nifti.nimh.nih.gov) gives places in RAS millimetres. A file becomes a study of one
series and one instance, whose frames lie where the affine says in LPS: from there on the rules
for spacing, tilt and order are those of DICOM.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from pathlib import Path

import nibabel
import numpy as np
import numpy.typing as npt
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from ichdash.dicom.archive import File
from ichdash.dicom.hounsfield import AIR_HU, MOST_HU
from ichdash.dicom.stacking import ALL, stack
from ichdash.dicom.studies import NIFTI, Frame, Instance, Series, Study
from ichdash.dicom.values import MOST
from ichdash.domain import HuArray, StudyAttributes, Volume
from ichdash.errors import InputError, NotScreenableError

HEADER_BYTES = 348
MOST_BYTES = 4 * 2**30  # of voxels, once unpacked
MM = {1: 1e3, 2: 1.0, 3: 1e-3}  # in the units of xyzt_units: metres, millimetres, micrometres
SPATIAL_BITS = 0b111  # of xyzt_units; the others are of time
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
AIR_BELOW_HU, BONE_ABOVE_HU, METAL_BELOW_HU = -500.0, 200.0, 70_000.0
Array = npt.NDArray[np.float64]
GZIP = b"\x1f\x8b"

NIFTI_ERRORS = (
    ImageFileError,
    HeaderDataError,
    WrapStructError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    MemoryError,
    zlib.error,
)


def is_nifti(start: bytes) -> bool:
    """Whether a file that begins with `start` is NIfTI in one file, packed with gzip or not."""
    if start[:2] == GZIP:
        try:
            start = zlib.decompressobj(31).decompress(start, HEADER_BYTES)
        except zlib.error:
            return False
    return start[344:348] == b"n+1\0"


def study(file: File) -> Study:
    """What the header of a NIfTI file says; raises InputError with the sentence."""
    try:
        shape, affine = _geometry(_header(file.path))
        uid = _uid(file.path)
    except NIFTI_ERRORS as error:
        raise InputError(
            f"{file.name} is a damaged NIfTI file. Nothing was stored. Send it again."
        ) from error
    if len(shape) != 3 or 0 in shape:
        dimensions = " × ".join(map(str, shape))
        raise InputError(
            f"{file.name} holds {dimensions} voxels, not one volume of slices. Nothing was stored."
        )
    instance = Instance(
        sop_instance_uid=_derived(uid, "instance"),
        path=file.path,
        name=file.name,
        transfer_syntax=NIFTI,
        rows=shape[1],
        columns=shape[0],
        bits_allocated=16,
        frames=_frames(shape, affine),
    )
    series = Series(_derived(uid, "series"), uid, None, instance.short_name, "CT", (instance,))
    return Study(uid, StudyAttributes(description=instance.short_name), (series,))


def load(series: Series, only: slice = ALL) -> Volume:
    """The volume of a NIfTI series, or `only` some of its slices; raises as `load_volume`."""
    ordered, instance = stack(series), series.instances[0]
    if len(ordered.planes) < series.frame_count:
        raise NotScreenableError(
            f"{instance.short_name}: slices lie {instance.frames[0].slice_thickness:g} mm apart, "
            "too near to tell their places. Not screened. "
            "Convert it with its spacing in millimetres."
        )
    ordered = ordered.cut(only)
    try:
        voxels, says_where = _voxels(instance.path)
    except NIFTI_ERRORS as error:
        raise NotScreenableError(
            f"{instance.short_name}: voxels end early or cannot be read. Not screened. "
            "Send the file again."
        ) from error
    hu = _to_hu(instance, voxels)[only]
    doubt = () if says_where else ("The file does not say where left and right are.",)
    return Volume(
        hu=hu,
        spacing_mm=ordered.spacing_mm,
        positions_mm=ordered.positions_mm,
        study_uid=series.study_uid,
        series_uid=series.series_uid,
        sop_instance_uids=(instance.sop_instance_uid,) * len(ordered.planes),
        shear=ordered.shear,
        warnings=(*ordered.warnings, *doubt),
    )


def _header(path: Path) -> nibabel.Nifti1Header:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if packed else file
        content = source.read(HEADER_BYTES)
    return nibabel.Nifti1Header.from_fileobj(io.BytesIO(content))


def _geometry(header: nibabel.Nifti1Header) -> tuple[tuple[int, ...], Array]:
    """Shape and affine (4, 4) once the axes run to right, front and head (RAS)."""
    shape, affine = _volume_shape(header.get_data_shape()), header.get_best_affine()
    affine[:3] *= MM.get(int(header["xyzt_units"]) & SPATIAL_BITS, 1.0)
    if not np.all(abs(affine) <= MOST):
        raise ValueError("affine out of range")
    turn = nibabel.io_orientation(affine)
    if len(shape) != 3 or np.isnan(turn).any():
        return shape if len(shape) != 3 else (), affine
    turned = tuple(int(shape[axis]) for axis in np.argsort(turn[:, 0]))
    return turned, affine @ nibabel.orientations.inv_ornt_aff(turn, shape)


def _volume_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` without the trailing axes of length 1 that some writers add."""
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _voxels(path: Path) -> tuple[npt.NDArray[np.float32], bool]:
    """Voxels (x to right, y to front, z to head), and whether the file says where they lie."""
    content = path.read_bytes()
    if content[:2] == GZIP:
        with gzip.open(io.BytesIO(content)) as unpacked:
            content = unpacked.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    image = nibabel.Nifti1Image.from_bytes(content)
    voxels = np.asarray(nibabel.as_closest_canonical(image).dataobj, np.float32)
    codes = (image.header["qform_code"], image.header["sform_code"])
    return voxels.reshape(voxels.shape[:3]), bool(max(codes) > 0)


def _frames(shape: tuple[int, ...], affine: Array) -> tuple[Frame, ...]:
    """One frame a slice, with rows to the back and columns to the left as a reader has them."""
    lps = RAS_TO_LPS @ affine  # (4, 4)
    steps = np.linalg.norm(lps[:3, :3], axis=0)  # millimetres a voxel along x, y, z
    along_row, along_column = -lps[:3, 0] / steps[0], -lps[:3, 1] / steps[1]
    corners = (lps @ [shape[0] - 1, shape[1] - 1, k, 1] for k in range(shape[2]))
    return tuple(
        Frame(
            index=k,
            position=tuple(map(float, corner[:3])),
            orientation=(*map(float, along_row), *map(float, along_column)),
            pixel_spacing=(float(steps[1]), float(steps[0])),
            slice_thickness=float(steps[2]),
            rescale=(1.0, 0.0),
        )
        for k, corner in enumerate(corners)
    )


def _to_hu(instance: Instance, voxels: npt.NDArray[np.float32]) -> HuArray:
    """(x, y, z) as canonical NIfTI to HU int16 (slices, rows, columns) as a reader has them."""
    known = np.nan_to_num(voxels, nan=AIR_HU, posinf=MOST_HU, neginf=AIR_HU)
    low, high = float(known.min()), float(known.max())
    if low > AIR_BELOW_HU or not BONE_ABOVE_HU <= high <= METAL_BELOW_HU:
        raise NotScreenableError(
            f"{instance.short_name}: values run from {low:g} to {high:g}, not in Hounsfield units "
            "(air near -1000, bone above 200). Not screened. Convert it without rescaling."
        )
    hu = np.clip(np.rint(known), AIR_HU, MOST_HU).astype(np.int16)
    return np.ascontiguousarray(hu.transpose(2, 1, 0)[:, ::-1, ::-1])


def _uid(path: Path) -> str:
    """A UID from the content (PS3.5 B.2), so that the same file is the same study."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _derived(uid: str, kind: str) -> str:
    digest = hashlib.sha256(f"{uid} {kind}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
