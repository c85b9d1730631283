"""Rows from files: what is wrong with one is told by line and column, and never guessed at.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
from emlearn import InvalidInputError
from emlearn.datafiles import read_rows
from emlearn.labelfiles import decode, read_labels

NAMES = ("ax", "ay", "az")


@pytest.fixture
def write(tmp_path):
    def write(data, name="X.csv"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3\n4,5,6\n",
        "1,2,3\r\n4,5,6",
        "1.0, 2e0 ,+3\n4,5,6\n\n",
        "ax,ay,az\n1,2,3\n4,5,6\n",
        " ax , ay,az\n1,2,3\n4,5,6\n",
        '"ax","ay","az"\n"1","2","3"\n4,5,6\n',
        "\ufeffax,ay,az\n1,2,3\n4,5,6\n",
        "\ufeff1,2,3\n4,5,6\n",
    ],
)
@pytest.mark.parametrize("names", [(), NAMES])
def test_csv_with_and_without_a_header(write, text, names):
    assert read_rows(write(text), 3, names).X.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_utf16_as_spreadsheets_save_it(write):
    assert read_rows(write("ax,ay,az\n1,2,3\n".encode("utf-16")), 3, NAMES).X.tolist() == [[1, 2, 3]]


def test_numbers_read_back_to_the_bit(write, tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3)) * 10.0 ** np.random.default_rng(1).integers(-300, 300, size=(50, 3))
    pd.DataFrame(X, columns=list(NAMES)).to_csv(tmp_path / "X.csv", index=False)
    assert np.array_equal(read_rows(tmp_path / "X.csv", 3, NAMES).X, X)


def test_pandas_without_column_names_writes_their_numbers(write):
    path = write("0,1,2\n5,6,7\n")
    assert read_rows(path, 3).X.tolist() == [[5, 6, 7]]
    assert read_rows(path, 3, header=False).X.tolist() == [[0, 1, 2], [5, 6, 7]]


def test_feature_names_may_be_numbers(write):
    assert read_rows(write("10,20\n1,2\n"), 2, ("10", "20")).X.tolist() == [[1, 2]]
    assert read_rows(write("10,20\n1,2\n"), 2).X.tolist() == [[10, 20], [1, 2]]
    assert read_rows(write("10,20\n1,2\n"), 2, header=True).X.tolist() == [[1, 2]]


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "NA", "n/a", "null"])
def test_an_empty_cell_is_missing_and_its_place_is_known(write, cell):
    rows = read_rows(write(f"ax,ay,az\n1,2,3\n\n4,{cell},6\n"), 3, NAMES)
    assert np.isnan(rows.X[1, 1]) and np.count_nonzero(np.isnan(rows.X)) == 1
    assert rows.missing.endswith("X.csv, line 4, column 2 (ay)")
    assert read_rows(write("1,2,3\n"), 3).missing == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3\n4,walking,6\n", r"X\.csv, line 2, column 2: 'walking' is no number: encode text"),
        ("ax,ay,az\n1,2,3\n\n4,5,x6\n", r"X\.csv, line 4, column 3 \(az\): 'x6' is no number"),
        ("1,2,3\n4,1_000,6\n", r"line 2, column 2: '1_000' is no number"),
        ("1,2,3\n4,0x10,6\n", r"line 2, column 2: '0x10' is no number"),
        ("1,b,3\n4,5,6\n", r"line 1, column 2: 'b' is no number"),
        ('1,2,3\n4,"5,5",6\n', r"line 2, column 2: '5,5' is no number: write it with a decimal point"),
        ("1,2,3\n4,5\n", r"line 2: 2 cells, but 3 are expected as in line 1"),
        ("ax,ay,az\n1,2,3\n1,2,3,4\n", r"line 3: 4 cells, but 3 are expected as in the header"),
        ("1;2;3\n4;5;6\n", r"line 1, column 1: cells are separated by semicolons: save it with commas .* points"),
        ("ax;ay;az\n1;2;3\n", r"line 1, column 1: cells are separated by semicolons"),
        ("1,5;2,5;3,5\n", r"line 1, column 2: cells are separated by semicolons"),
        ("ax,ay,az\n1,5;2,5;3,5\n", r"line 2, column 2: cells are separated by semicolons"),
        ("1,2,3\n1,a;b,3\n", r"line 2, column 2: 'a;b' is no number: separate the cells with commas"),
        ("1\t2\t3\n", r"line 1, column 1: cells are separated by tabs"),
        ("1,2\n3,4\n", r"has 2 columns of features, but the model takes 3: add"),
        ("ax,az\n1,2\n", r"lacks columns that the model was fitted with: ay"),
        ("ax,ay,gz\n1,2,3\n", r"lacks columns that the model was fitted with: az; it has gz instead"),
        ("ay,ax,az\n1,2,3\n", r"another order .*: column 1 is 'ay', not 'ax'; the order is ax, ay, az"),
        ("ax,ay,az,label\n1,2,3,0\n", r"columns that the model does not take: label\. .*--target-column label"),
        (",ax,ay,az\n0,1,2,3\n", r"columns that the model does not take: \(unnamed\)"),
        ("1,2,3,4\n", r"columns that the model does not take: number 4\. .*--target-column -1"),
        ("ax,ay,az\n", r"has a header and no rows"),
        ('1,2,3\n4,"5,6\n', r"line 2: .*close the quotes"),
        ("", r"is empty: it must hold at least one row"),
        ("\n \n", r"is empty"),
        (b"1,2,3\n4,\xe4,6\n", r"line 2: this is not UTF-8 text"),
        (b"\xff\xfe1", r"line 1: this is not UTF-8 text"),
        (b"1,2,3\n\x00\x01,5,6\n", r"line 2: binary data"),
        (b"PK\x03\x04rest", r"is a zip archive"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(write, text, message):
    path = write(text)
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_rows(path, 3, NAMES)
    assert str(caught.value).startswith(str(path))


def test_label_columns_by_name_and_number(write):
    path = write("id,ax,ay,az,label\n7,1,2,3,walk\n8,4,5,6,run\n", "all.csv")
    for wanted in (["id", "label"], ["1", "-1"], ["1", "5"]):
        rows = read_rows(path, 3, NAMES, wanted)
        assert rows.X.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert [column.tolist() for column in rows.labels] == [["7", "8"], ["walk", "run"]]
        assert rows.place(1, 0).endswith("line 3, column 2 (ax)")
    assert read_rows(write("1,2,3,walk\n"), 3, (), ["-1"]).labels[0].tolist() == ["walk"]
    assert read_rows(write("a,b,c,2020\n1,2,3,4\n"), 3, (), ["2020"], header=True).labels[0].tolist() == ["4"]
    for wanted, message in [
        ("lable", r"no label column 'lable': its columns are id, ax, ay, az, label"),
        ("6", r"no label column 6: it has columns 1 to 5"),
        ("0", r"no label column 0"),
        ("-6", r"no label column -6"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            read_rows(path, 3, NAMES, [wanted])
    with pytest.raises(InvalidInputError, match=r"it has no header: give the column's number"):
        read_rows(write("1,2,3,4\n"), 3, (), ["label"])
    with pytest.raises(InvalidInputError, match=r"several columns named 'y'"):
        read_rows(write("y,ax,ay,az,y\n1,2,3,4,5\n"), 3, NAMES, ["y"])


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "uint8", ">f4", "bool"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_as_it_was_stored(tmp_path, dtype, order):
    X = np.asarray(np.arange(12).reshape(4, 3), dtype=dtype, order=order)
    np.save(tmp_path / "X.npy", X)
    rows = read_rows(tmp_path / "X.npy", 3)
    assert rows.X.dtype == X.dtype and np.array_equal(rows.X, X)
    labelled = read_rows(tmp_path / "X.npy", 2, (), ["-1"])
    assert np.array_equal(labelled.X, X[:, :2]) and np.array_equal(labelled.labels[0], X[:, 2])


def test_npy_is_known_by_its_content(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros((2, 3)))
    (tmp_path / "X.npy").rename(tmp_path / "X.csv")
    assert read_rows(tmp_path / "X.csv", 3).X.shape == (2, 3)


def saved(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (saved(np.zeros(3)), r"has the shape \(3,\): rows and columns are needed, \(n_samples, 3\)"),
        (saved(np.zeros((2, 3, 4))), r"has the shape \(2, 3, 4\)"),
        (saved(np.zeros((2, 4))), r"columns that the model does not take: number 4"),
        (saved(np.zeros((2, 2))), r"has 2 columns of features, but the model takes 3"),
        (saved(np.array([["a", "b", "c"]])), r"holds no numbers \(dtype <U1\)"),
        (saved(np.zeros((2, 3), dtype=complex)), r"holds no numbers"),
        (saved(np.zeros(2, dtype=[("a", "f4"), ("b", "f4")])), r"named fields"),
        (saved(np.array([[1, None, 3]], dtype=object), allow_pickle=True), r"holds Python objects, not numbers"),
        (saved(np.zeros((200, 3)))[:-100], r"is corrupt or cut off"),
        (saved(np.zeros((2, 3)))[:20], r"is corrupt or cut off"),
        (b"\x93NUMPY", r"is corrupt or cut off"),
        (saved(np.zeros((2, 3))).replace(b"(2, 3)", b"(2,-3)"), r"is corrupt or cut off"),
        (saved(np.zeros((2, 3))).replace(b"(2, 3), }       ", b"(9999999999,3)} "), r"is corrupt or cut off"),
    ],
)
def test_bad_npy(write, data, message):
    with pytest.raises(InvalidInputError, match=message):
        read_rows(write(data, "X.npy"), 3)


def test_no_pickle_in_an_npy_file_is_run(write, tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "ran"), "w")

    with pytest.raises(InvalidInputError, match="Python objects"):
        read_rows(write(saved(np.array([[Evil()]], dtype=object), allow_pickle=True), "X.npy"), 1)
    assert not (tmp_path / "ran").exists()


def test_npz_missing_files_and_folders(tmp_path):
    np.savez(tmp_path / "X.npz", X=np.zeros((2, 3)))
    assert zipfile.is_zipfile(tmp_path / "X.npz")
    for path, message in [(tmp_path / "X.npz", "zip archive"), (tmp_path / "no.csv", "does not exist"), (tmp_path, "is a folder")]:
        with pytest.raises(InvalidInputError, match=message):
            read_rows(path, 3)


def test_missing_value_in_an_npy_is_told_by_row(tmp_path):
    np.save(tmp_path / "X.npy", np.array([[1.0, 2.0], [np.nan, 3.0]]))
    assert read_rows(tmp_path / "X.npy", 2).missing.endswith("X.npy, row 2, column 1")


def test_a_hundred_thousand_rows_take_seconds(tmp_path):
    X = np.random.default_rng(0).normal(size=(100_000, 10)).round(4)
    pd.DataFrame(X).to_csv(tmp_path / "X.csv", index=False)
    start = time.process_time()
    rows = read_rows(tmp_path / "X.csv", 10)
    assert np.array_equal(rows.X, X)
    assert time.process_time() - start < 10, "about one second on a laptop"


def test_labels_from_files(write, tmp_path):
    for text in ("a\nb\n", "label\na\nb\n", "\ufeffa\r\nb", '"a"\n"b"\n\n'):
        assert read_labels(write(text, "y.txt"), 2).tolist() == ["a", "b"]
    assert read_labels(write("1,x\n2,y\n", "y.csv"), 2).tolist() == [["1", "x"], ["2", "y"]]
    np.save(tmp_path / "y.npy", np.array([3, 4]))
    assert read_labels(tmp_path / "y.npy", 2).tolist() == [3, 4]
    np.save(tmp_path / "scalar.npy", np.array(3))
    for path, message in [
        (write("a\nb\nc\nd\n", "y.txt"), "has 4 labels for 2 rows: give one per row"),
        (write("a\nb,c\n", "z.txt"), "row 2: 2 cells, but the first has 1"),
        (tmp_path / "scalar.npy", "has 1 labels for 2 rows"),
        (write("", "empty.txt"), "is empty"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            read_labels(path, 2)


@pytest.mark.parametrize(
    ("labels", "classes", "expected"),
    [
        (["5", "7"], [5, 6, 7], [5, 7]),
        (["5", "99"], [5, 6, 7], [5, 99]),
        (["5.0", "7"], [5.0, 7.0], [5.0, 7.0]),
        (["True", "False"], [False, True], [True, False]),
        (["a", "c"], ["a", "b"], ["a", "c"]),
        (["1.5", "2"], None, [1.5, 2.0]),
    ],
)
def test_labels_become_the_type_of_the_classes(labels, classes, expected):
    classes = None if classes is None else np.array(classes)
    result = decode(np.array(labels), classes, "y.csv")
    assert result.tolist() == expected


def test_labels_that_no_class_can_be():
    with pytest.raises(InvalidInputError, match=r"y\.csv, row 2: 'walk' is no label of this model, whose labels are 0, 1"):
        decode(np.array(["0", "walk"]), np.array([0, 1]), "y.csv")
    with pytest.raises(InvalidInputError, match=r"y\.csv, row 1: 'x' is no number"):
        decode(np.array(["x"]), None, "y.csv")
    mixed = decode(np.array(["a", "b"]), np.array(["a", "b"], dtype=object), "y.csv")
    assert mixed.tolist() == ["a", "b"]
