"""Wording of what can be wrong with column titles, sheets and the layout of a table."""

from __future__ import annotations

from mande.errors import Code, Text

H_NOTTOP = Code(
    "H-NOTTOP",
    Text(
        "the column titles are not in the first filled row; they seem to stand in row {found}",
        "les titres des colonnes ne sont pas dans la première ligne remplie ; ils semblent être à la "
        "ligne {found}",
        "los títulos de las columnas no están en la primera fila con datos; parecen estar en la fila {found}",
    ),
    Text(
        "column titles on top of the data", "les titres au-dessus des données", "los títulos sobre los datos"
    ),
    Text(
        "Say whether row {found} holds the titles; or delete the rows above it.",
        "Dites si la ligne {found} contient les titres ; ou supprimez les lignes au-dessus.",
        "Diga si la fila {found} contiene los títulos; o elimine las filas de encima.",
    ),
    Text(
        "known titles in row {found}: {known} of {total}; in row {top}: {above}",
        "titres connus à la ligne {found} : {known} sur {total} ; à la ligne {top} : {above}",
        "títulos conocidos en la fila {found}: {known} de {total}; en la fila {top}: {above}",
    ),
)
H_MERGED = Code(
    "H-MERGED",
    Text(
        "the titles stand in two rows: row {found} with row {upper} above it as groups",
        "les titres sont sur deux lignes : la ligne {found}, et la ligne {upper} au-dessus pour les groupes",
        "los títulos ocupan dos filas: la fila {found}, y la fila {upper} encima como grupos",
    ),
    Text("one row of titles", "une seule ligne de titres", "una sola fila de títulos"),
    Text(
        "Say whether row {upper} holds groups; or write all titles into one row.",
        "Dites si la ligne {upper} contient des groupes ; ou écrivez les titres sur une seule ligne.",
        "Diga si la fila {upper} contiene grupos; o escriba los títulos en una sola fila.",
    ),
    Text("groups: {groups}", "groupes : {groups}", "grupos: {groups}"),
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
        "several sheets may hold the data",
        "plusieurs feuilles peuvent contenir les données",
        "varias hojas pueden contener los datos",
    ),
    Text(
        "one sheet, or sheets that belong together",
        "une feuille, ou des feuilles qui vont ensemble",
        "una hoja, u hojas que van juntas",
    ),
    Text(
        "Say which sheet is meant, or that they are one table.",
        "Dites quelle feuille est la bonne, ou qu'elles forment une seule table.",
        "Diga qué hoja vale, o que forman una sola tabla.",
    ),
    Text(
        "sheets {found}{differ}",
        "feuilles {found}{differ}",
        "hojas {found}{differ}",
    ),
)
L_NOSHEET = Code(
    "L-NOSHEET",
    Text("there is no such sheet", "cette feuille n'existe pas", "no existe esa hoja"),
    Text("one of the sheets {known}", "une des feuilles {known}", "una de las hojas {known}"),
    Text("Check the spelling.", "Vérifiez l'orthographe.", "Revise la ortografía."),
)
L_STACKED = Code(
    "L-STACKED",
    Text(
        "several sheets were read as one table",
        "plusieurs feuilles ont été lues comme une seule table",
        "varias hojas se leyeron como una sola tabla",
    ),
    Text(""),
    Text(""),
    Text("{found}{differ}", "{found}{differ}", "{found}{differ}"),
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
        "something is hidden: {rows} rows, {columns} columns, {sheets} sheets with the same titles",
        "des éléments sont masqués : {rows} lignes, {columns} colonnes, {sheets} feuilles aux mêmes titres",
        "hay elementos ocultos: {rows} filas, {columns} columnas, {sheets} hojas con los mismos títulos",
    ),
    Text("everything shown", "tout affiché", "todo a la vista"),
    Text(
        "Say whether it belongs to the data; or show it, and delete what does not.",
        "Dites si cela fait partie des données ; ou affichez-le, et supprimez ce qui n'en fait pas partie.",
        "Diga si es parte de los datos; o muéstrelo, y elimine lo que no lo sea.",
    ),
    Text("{list}", "{list}", "{list}"),
)
L_LEFTOUT = Code(
    "L-LEFTOUT",
    Text(
        "left out as answered: {found}",
        "laissé de côté selon la réponse : {found}",
        "omitido según la respuesta: {found}",
    ),
    Text(""),
    Text(""),
    Text(""),
)
L_MERGED = Code(
    "L-MERGED",
    Text(
        "merged cells among the answers: only the first of them holds a value",
        "cellules fusionnées parmi les réponses : seule la première a une valeur",
        "celdas combinadas entre las respuestas: solo la primera tiene un valor",
    ),
    Text("a value in each cell", "une valeur dans chaque cellule", "un valor en cada celda"),
    Text(
        "Unmerge them, and write into each cell what holds for its row; leave it empty where nothing does.",
        "Annulez la fusion, et écrivez dans chaque cellule ce qui vaut pour sa ligne, ou laissez-la vide.",
        "Sepárelas, y escriba en cada celda lo que vale para su fila; déjela vacía donde nada vale.",
    ),
)
L_TOTAL = Code(
    "L-TOTAL",
    Text(
        "rows look like totals or signatures, not like respondents: {found}",
        "des lignes ressemblent à des totaux ou des signatures, pas à des répondants : {found}",
        "hay filas que parecen totales o firmas, no encuestados: {found}",
    ),
    Text("one row for each respondent", "une ligne par répondant", "una fila por encuestado"),
    Text(
        "Say whether they are to be left out; or delete them.",
        "Dites s'il faut les laisser de côté ; ou supprimez-les.",
        "Diga si hay que omitirlas; o elimínelas.",
    ),
    Text("{why}", "{why}", "{why}"),
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
