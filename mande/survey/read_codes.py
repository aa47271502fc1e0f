"""Wording of what can be wrong with a file, its rows and its column titles."""

from __future__ import annotations

from mande.errors import Code, Text

F_NONE = Code(
    "F-NONE",
    Text("there is no such file", "ce fichier n'existe pas", "no existe ese archivo"),
    Text("a file that exists", "un fichier existant", "un archivo que exista"),
    Text(
        "Check the folder and the spelling of the name.",
        "Vérifiez le dossier et l'orthographe du nom.",
        "Compruebe la carpeta y el nombre.",
    ),
    Text(""),
)
F_EMPTY = Code(
    "F-EMPTY",
    Text(
        "the file has no data rows",
        "le fichier ne contient aucune donnée",
        "el archivo no tiene filas de datos",
    ),
    Text(
        "column titles in the first row and at least one row below",
        "des titres dans la première ligne et au moins une ligne en dessous",
        "títulos en la primera fila y al menos una fila debajo",
    ),
    Text(
        "Export the file again; check filters and the chosen sheet.",
        "Exportez de nouveau ; vérifiez les filtres et la feuille.",
        "Exporte de nuevo; revise los filtros y la hoja.",
    ),
    Text(""),
)
F_TYPE_BINARY = Text(
    "a file that is not text", "un fichier qui n'est pas du texte", "un archivo que no es texto"
)
E_NUL = Code(
    "E-NUL",
    Text(
        "the cell holds an invisible control character",
        "la cellule contient un caractère de contrôle invisible",
        "la celda contiene un carácter de control invisible",
    ),
    Text(
        "visible text or an empty cell",
        "du texte visible ou une cellule vide",
        "texto visible o una celda vacía",
    ),
    Text("Type the value again.", "Saisissez la valeur de nouveau.", "Escriba el valor de nuevo."),
    Text(""),
)
C_LONG = Code(
    "C-LONG",
    Text(
        "the row has more cells than there are column titles",
        "la ligne a plus de cellules que de titres",
        "la fila tiene más celdas que títulos",
    ),
    Text(
        "{expected} cells, like the titles",
        "{expected} cellules, comme les titres",
        "{expected} celdas, como los títulos",
    ),
    Text(
        "Usually a text holds a comma: put that text between quotation marks, or save the file "
        "as a workbook.",
        "Souvent un texte contient une virgule : mettez-le entre guillemets, ou enregistrez en classeur.",
        "Suele deberse a una coma en un texto: póngalo entre comillas o guarde como libro de Excel.",
    ),
    Text("{found} cells", "{found} cellules", "{found} celdas"),
)
C_SHORT = Code(
    "C-SHORT",
    Text(
        "the row has fewer cells than there are column titles",
        "la ligne a moins de cellules que de titres",
        "la fila tiene menos celdas que títulos",
    ),
    Text(
        "{expected} cells, like the titles",
        "{expected} cellules, comme les titres",
        "{expected} celdas, como los títulos",
    ),
    Text(
        "Look for a broken or cut line and complete it; an empty answer keeps its separator.",
        "Cherchez une ligne coupée et complétez-la ; une réponse vide garde son séparateur.",
        "Busque una línea cortada y complétela; una respuesta vacía conserva su separador.",
    ),
    Text("{found} cells", "{found} cellules", "{found} celdas"),
)
C_BLANKROW = Code(
    "C-BLANKROW",
    Text(
        "empty rows were passed over",
        "des lignes vides ont été ignorées",
        "se omitieron filas vacías",
    ),
    Text(""),
    Text(""),
    Text("{found}: rows {rows}", "{found} : lignes {rows}", "{found}: filas {rows}"),
)
H_NOTTOP = Code(
    "H-NOTTOP",
    Text(
        "the column titles are not in the first row",
        "les titres des colonnes ne sont pas dans la première ligne",
        "los títulos de las columnas no están en la primera fila",
    ),
    Text(
        "column titles on top of the data", "les titres au-dessus des données", "los títulos sobre los datos"
    ),
    Text(
        "Delete the rows above row {found}, so that the titles come first.",
        "Supprimez les lignes au-dessus de la ligne {found}.",
        "Elimine las filas por encima de la fila {found}.",
    ),
    Text("titles in row {found}", "titres à la ligne {found}", "títulos en la fila {found}"),
)
H_DUP = Code(
    "H-DUP",
    Text(
        "several columns carry the same title",
        "plusieurs colonnes portent le même titre",
        "varias columnas llevan el mismo título",
    ),
    Text("one column for each title", "une colonne par titre", "una columna por título"),
    Text(
        "Rename or delete all but one of the columns {found}.",
        "Renommez ou supprimez les colonnes {found} sauf une.",
        "Cambie el nombre o elimine todas las columnas {found} menos una.",
    ),
    Text(
        "'{title}' in columns {found}",
        "« {title} » dans les colonnes {found}",
        "«{title}» en las columnas {found}",
    ),
)
H_EMPTY = Code(
    "H-EMPTY",
    Text(
        "a column has values and no title",
        "une colonne a des valeurs et pas de titre",
        "una columna tiene valores y no tiene título",
    ),
    Text("a title in the first row", "un titre dans la première ligne", "un título en la primera fila"),
    Text(
        "Give column {found} a title, or delete it.",
        "Donnez un titre à la colonne {found}, ou supprimez-la.",
        "Ponga un título a la columna {found}, o elimínela.",
    ),
    Text("column {found}", "colonne {found}", "columna {found}"),
)
L_SHEET = Code(
    "L-SHEET",
    Text(
        "it is not clear which sheet holds the data",
        "on ne sait pas quelle feuille contient les données",
        "no está claro qué hoja contiene los datos",
    ),
    Text("one of the sheets {known}", "une des feuilles {known}", "una de las hojas {known}"),
    Text(
        "Name the sheet, or keep only the one with the data in the file.",
        "Indiquez la feuille, ou ne gardez que celle des données.",
        "Indique la hoja, o deje solo la de los datos.",
    ),
)
L_SHEET_USED = Code(
    "L-SHEET-USED",
    Text(
        "this sheet was read; other sheets were not",
        "seule cette feuille a été lue",
        "solo se leyó esta hoja",
    ),
    Text(""),
    Text(""),
    Text("not read: {found}", "non lues : {found}", "no leídas: {found}"),
)
L_HIDDEN = Code(
    "L-HIDDEN",
    Text(
        "hidden rows or columns were read too ({rows} rows, {columns} columns)",
        "les lignes ou colonnes masquées ont été lues aussi ({rows} lignes, {columns} colonnes)",
        "también se leyeron filas o columnas ocultas ({rows} filas, {columns} columnas)",
    ),
    Text(""),
    Text(
        "Nothing, if they belong to the data; otherwise show and delete them.",
        "Rien, si elles font partie des données ; sinon affichez-les et supprimez-les.",
        "Nada, si son parte de los datos; si no, muéstrelas y elimínelas.",
    ),
    Text("rows {list}", "lignes {list}", "filas {list}"),
)
L_FORMULA = Code(
    "L-FORMULA",
    Text(
        "the stored values of formulas were read",
        "les valeurs enregistrées des formules ont été lues",
        "se leyeron los valores guardados de las fórmulas",
    ),
    Text(""),
    Text(""),
    Text("cells: {found}", "cellules : {found}", "celdas: {found}"),
)
