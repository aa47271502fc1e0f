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
Q_USED = Code(
    "Q-USED",
    Text(
        "an answer given before was used",
        "une réponse déjà donnée a été utilisée",
        "se usó una respuesta ya dada",
    ),
    Text(""),
    Text(
        "Nothing; `mande answer` changes it.",
        "Rien ; `mande answer` la change.",
        "Nada; `mande answer` la cambia.",
    ),
    Text("{ask} = {answer}", "{ask} = {answer}", "{ask} = {answer}"),
)
F_MACRO = Code(
    "F-MACRO",
    Text(
        "macros and links to other files are ignored; only stored values are read",
        "les macros et les liens vers d'autres fichiers sont ignorés ; seules les valeurs enregistrées sont lues",
        "se ignoran las macros y los vínculos a otros archivos; solo se leen los valores guardados",
    ),
    Text("a workbook without macros", "un classeur sans macros", "un libro sin macros"),
    Text(
        "Nothing, if the values in the sheet are the data.",
        "Rien, si les valeurs de la feuille sont les données.",
        "Nada, si los valores de la hoja son los datos.",
    ),
    Text(""),
)
F_OLDEXCEL = Code(
    "F-OLDEXCEL",
    Text(
        "in an old workbook (.xls) hidden rows and cells with errors such as #REF! are not seen: such cells "
        "count as empty",
        "dans un ancien classeur (.xls), les lignes masquées et les cellules en erreur (#REF!) ne se voient "
        "pas : ces cellules comptent comme vides",
        "en un libro antiguo (.xls) no se ven las filas ocultas ni las celdas con errores como #REF!: esas "
        "celdas cuentan como vacías",
    ),
    Text("an .xlsx workbook", "un classeur .xlsx", "un libro .xlsx"),
    Text(
        "Open it in Excel and save it as 'Excel workbook (.xlsx)'.",
        "Ouvrez-le dans Excel et enregistrez-le comme « Classeur Excel (.xlsx) ».",
        "Ábralo en Excel y guárdelo como «Libro de Excel (.xlsx)».",
    ),
    Text(""),
)
F_MEMBERS = Code(
    "F-MEMBERS",
    Text(
        "files in the archive that are no tables were passed over",
        "les fichiers de l'archive qui ne sont pas des tables ont été ignorés",
        "se omitieron los archivos del zip que no son tablas",
    ),
    Text(""),
    Text(""),
)
F_NESTED = Code(
    "F-NESTED",
    Text(
        "the column holds lists or bytes that no cell can show; it is not read",
        "la colonne contient des listes ou des octets qu'aucune cellule ne peut montrer ; elle n'est pas lue",
        "la columna contiene listas o bytes que ninguna celda puede mostrar; no se lee",
    ),
    Text("one value in each cell", "une valeur par cellule", "un valor en cada celda"),
    Text(
        "Write its parts into columns of their own, if they are needed.",
        "Écrivez ses parties dans des colonnes à part, si elles sont utiles.",
        "Escriba sus partes en columnas propias, si hacen falta.",
    ),
    Text(""),
)
E_CP1252 = Code(
    "E-CP1252",
    Text(
        "it is not clear how the letters of this file are written; lines with unclear letters: {found}",
        "on ne sait pas comment les lettres de ce fichier sont écrites ; lignes aux lettres incertaines : {found}",
        "no está claro cómo están escritas las letras de este archivo; líneas con letras dudosas: {found}",
    ),
    Text("text in UTF-8", "un texte en UTF-8", "un texto en UTF-8"),
    Text(
        "Say under which answer the letters are right; or open the file in Excel and save it as 'CSV UTF-8'.",
        "Dites avec quelle réponse les lettres sont justes ; ou ouvrez le fichier dans Excel et "
        "enregistrez-le en « CSV UTF-8 ».",
        "Diga con qué respuesta son correctas las letras; o abra el archivo en Excel y guárdelo como "
        "«CSV UTF-8».",
    ),
    Text(""),
)
E_MOJIBAKE = Code(
    "E-MOJIBAKE",
    Text(
        "letters look as if they had been converted twice; cells: {count}",
        "des lettres semblent converties deux fois ; cellules : {count}",
        "hay letras que parecen convertidas dos veces; celdas: {count}",
    ),
    Text("readable letters", "des lettres lisibles", "letras legibles"),
    Text(
        "Say whether they should be repaired; or export the file again from its source as 'CSV UTF-8'.",
        "Dites s'il faut les réparer ; ou exportez de nouveau le fichier en « CSV UTF-8 ».",
        "Diga si hay que repararlas; o exporte de nuevo el archivo como «CSV UTF-8».",
    ),
)
E_LOST = Code(
    "E-LOST",
    Text(
        "a letter was lost in an earlier conversion; cells: {count}",
        "une lettre a été perdue lors d'une conversion ; cellules : {count}",
        "se perdió una letra en una conversión anterior; celdas: {count}",
    ),
    Text("readable letters", "des lettres lisibles", "letras legibles"),
    Text(
        "Export the file again from its source; what is lost cannot be repaired here.",
        "Exportez de nouveau le fichier ; ce qui est perdu ne se répare pas ici.",
        "Exporte de nuevo el archivo; lo perdido no se puede reparar aquí.",
    ),
    Text(""),
)
E_UTF16 = Code(
    "E-UTF16",
    Text("read as UTF-16 text", "lu comme texte UTF-16", "leído como texto UTF-16"),
    Text(""),
    Text(""),
)
C_DELIM = Code(
    "C-DELIM",
    Text(
        "columns are separated by {found}",
        "les colonnes sont séparées par {found}",
        "las columnas están separadas por {found}",
    ),
    Text(""),
    Text(""),
    Text(""),
)
C_DELIM2 = Code(
    "C-DELIM2",
    Text(
        "it is not clear what separates the columns",
        "on ne sait pas ce qui sépare les colonnes",
        "no está claro qué separa las columnas",
    ),
    Text("one separator: comma, semicolon or tab", "un seul séparateur", "un solo separador"),
    Text(
        "Say which; or put a first line `sep=,` or `sep=;` above the column titles, or save the file as an Excel workbook.",
        "Dites lequel ; ou ajoutez une première ligne `sep=,` ou `sep=;` au-dessus des titres, ou enregistrez en "
        "classeur Excel.",
        "Diga cuál; o añada una primera línea `sep=,` o `sep=;` sobre los títulos, o guarde como libro de Excel.",
    ),
)
C_QUOTE = Code(
    "C-QUOTE",
    Text(
        "a quotation mark is never closed",
        "un guillemet n'est jamais fermé",
        "unas comillas nunca se cierran",
    ),
    Text(
        "a second quotation mark; without it everything below becomes one cell",
        "un second guillemet ; sans lui, toute la suite devient une seule cellule",
        "unas segundas comillas; sin ellas, todo lo que sigue es una sola celda",
    ),
    Text(
        "Close the quotation mark that opens on line {line}, or delete it.",
        "Fermez le guillemet ouvert à la ligne {line}, ou supprimez-le.",
        "Cierre las comillas que se abren en la línea {line}, o bórrelas.",
    ),
    Text("line {line} of the file", "ligne {line} du fichier", "línea {line} del archivo"),
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
    Text("{found} cells{line}{shift}", "{found} cellules{line}{shift}", "{found} celdas{line}{shift}"),
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
    Text("{found} cells{line}{shift}", "{found} cellules{line}{shift}", "{found} celdas{line}{shift}"),
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
        "the column titles are not in the first filled row; they seem to stand in row {found}",
        "les titres des colonnes ne sont pas dans la première ligne remplie ; ils semblent être à la ligne {found}",
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
F_HUGE = Code(
    "F-HUGE",
    Text(
        "the file is larger than can be read in one piece",
        "le fichier est trop grand pour être lu d'un bloc",
        "el archivo es demasiado grande para leerlo de una vez",
    ),
    Text("{expected}"),
    Text(
        "Delete the empty rows and columns beyond your data, split the file, or save it as 'CSV UTF-8'.",
        "Supprimez les lignes et colonnes vides, divisez le fichier ou enregistrez-le en « CSV UTF-8 ».",
        "Elimine las filas y columnas vacías, divida el archivo o guárdelo como «CSV UTF-8».",
    ),
)
